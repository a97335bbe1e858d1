namespace PerfDash.Core.Ingest.Import;

/// <summary>The map of a CSV that brings none: its columns are named like the fields of <c>POST /performance/jobs/completed</c>.</summary>
internal static class PostedColumns
{
    /// <summary>Makes the map.</summary>
    /// <param name="header">The columns; case does not matter.</param>
    /// <returns>The map, and the columns that say nothing to it.</returns>
    /// <exception cref="HistoryImportException">Nothing says which workflow a job ran, or two columns say the same.</exception>
    public static (ImportMap Map, IReadOnlyList<string> Ignored) MapOf(IReadOnlyList<string> header)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var ignored = new List<string>();
        foreach (var column in header)
        {
            if (FieldOf(column) is not { } field)
                ignored.Add(column);
            else if (!fields.TryAdd(field, column))
                throw new HistoryImportException($"The columns {fields[field]} and {column} both provide {field}.");
        }

        if (!fields.Keys.Any(f => f is "workflow.external_id" or "workflow.id" or "workflow.name" or "job_id"))
        {
            throw new HistoryImportException(
                $"There is no column named workflow and no map (--map) that names one. The columns are {string.Join(", ", header)}. See docs/import.md.");
        }

        var map = new ImportMap
        {
            JobId = Number("job_id"),
            ExternalId = Text("external_id"),
            Workflow = Reference("workflow"),
            Worker = Reference("worker"),
            ProjectId = Number("project_id"),
            ProjectName = Text("project_name"),
            CharacterId = Number("character_id"),
            SceneId = Number("scene_id"),
            Status = Text("status"),
            Error = Text("error"),
            CreatedAt = Moment("created_at"),
            StartedAt = Moment("started_at"),
            CompletedAt = Moment("completed_at"),
            Figures = [.. ImportMapReader.Figures.Keys.Where(fields.ContainsKey).Select(f => KeyValuePair.Create(f, Number(f)!))],
            ResolutionTier = Text("resolution_tier"),
            QualityScores = Members("quality_scores.", cell => new NumberSource(cell)),
            PipelineStages = Members("pipeline_stages.", cell => new NumberSource(cell)),
            Parameters = Members("parameters.", cell => new ParameterSource(cell, ParameterType.AsItLooks)),
            Columns = [.. fields.Select(f => (f.Key, f.Value))],
        };
        return (map, ignored);

        CellTemplate? Cell(string field) => fields.TryGetValue(field, out var column) ? CellTemplate.Column(column) : null;
        NumberSource? Number(string field) => Cell(field) is { } cell ? new NumberSource(cell) : null;
        TextSource? Text(string field) => Cell(field) is { } cell ? new TextSource(cell) : null;
        MomentSource? Moment(string field) => Cell(field) is { } cell ? new MomentSource(cell, MomentFormat.Iso) : null;
        ReferenceSource Reference(string field) => new(Number($"{field}.id"), Text($"{field}.external_id"), Text($"{field}.name"), Text($"{field}.gpu_model"));
        List<KeyValuePair<string, T>> Members<T>(string prefix, Func<CellTemplate, T> source) =>
            [.. fields.Keys.Where(f => f.StartsWith(prefix, StringComparison.Ordinal)).Select(f => KeyValuePair.Create(f[prefix.Length..], source(Cell(f)!)))];
    }

    private static string? FieldOf(string column)
    {
        var name = column.Trim();
        var lower = name.ToLowerInvariant();
        foreach (var prefix in (string[])["quality_scores.", "pipeline_stages.", "parameters."])
        {
            // What stands behind the dot is a name of its own, where case counts.
            if (lower.StartsWith(prefix, StringComparison.Ordinal) && name.Length > prefix.Length)
                return prefix + name[prefix.Length..];
        }

        return lower switch
        {
            "workflow" or "workflow_external_id" or "workflow.external_id" => "workflow.external_id",
            "workflow_id" or "workflow.id" => "workflow.id",
            "workflow_name" or "workflow.name" => "workflow.name",
            "worker" or "worker_external_id" or "worker.external_id" => "worker.external_id",
            "worker_id" or "worker.id" => "worker.id",
            "worker_name" or "worker.name" => "worker.name",
            "worker_gpu_model" or "worker.gpu_model" or "gpu_model" => "worker.gpu_model",
            "project" or "project_name" => "project_name",
            "job_id" or "external_id" or "project_id" or "character_id" or "scene_id" or "status" or "error" or "created_at" or "started_at"
                or "completed_at" or "resolution_tier" => lower,
            _ => ImportMapReader.Figures.ContainsKey(lower) ? lower : null,
        };
    }
}
