using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Tests.Alerts;
using PerfDash.Web.Charts;
using PerfDash.Web.Features.Alerts;
using PerfDash.Web.Features.Alerts.Incidents;
using PerfDash.Web.Features.Alerts.Thresholds;
using PerfDash.Web.Features.Alerts.WindowRules;
using PerfDash.Web.Features.Notifications;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Alerts;

/// <summary>The page of alerts: its states, its dialogs, and how limits are read and written.</summary>
public sealed class AlertsTests(TestDatabase database) : PageContext, IClassFixture<TestDatabase>
{
    [Fact]
    public void Lines_of_a_chart_are_those_a_job_would_be_evaluated_by()
    {
        ThresholdItem[] thresholds =
        [
            Item(1, AlertScope.Global, null, 800), Item(2, AlertScope.Workflow, 4, 700), Item(3, AlertScope.Worker, 9, 600), Item(4, AlertScope.Global, null, 900) with { MetricName = "vram_peak_mb" },
            Item(5, AlertScope.Workflow, 5, 500) with { Enabled = false },
        ];
        double[] Of(long? workflow, long? worker) =>
            [.. ThresholdLines.For(thresholds, "time_per_frame_ms", workflow, worker).Where(l => l.Severity == ChartSeverity.Warning).Select(l => l.Value)];

        Assert.Equal([800], Of(null, null));
        Assert.Equal([700], Of(4, null));
        Assert.Equal([800], Of(5, null));
        Assert.Equal([700, 600], Of(4, 9));
        Assert.Equal("Critical 1.8 s/frame", ThresholdLines.For(thresholds, "time_per_frame_ms")[1].Label);

        static ThresholdItem Item(long id, AlertScope scope, long? scopeId, float warning) => new()
        {
            Id = id,
            MetricName = "time_per_frame_ms",
            ScopeType = scope,
            ScopeId = scopeId,
            WarningThreshold = warning,
            CriticalThreshold = warning + 1000,
            ClearThreshold = null,
            Enabled = true,
            Direction = AlertDirection.Above,
            ForJobs = 1,
            Note = null,
            MutedUntil = null,
            CreatedAt = default,
            UpdatedAt = default,
        };
    }

    [Fact]
    public async Task Without_rules_the_page_leads_to_the_first_one_and_with_one_it_says_that_nothing_fired()
    {
        await database.StartOverAsync();
        var page = RenderPage();
        page.WaitForAssertion(() => Assert.Contains("No thresholds yet", page.Find("[data-test=incidents-empty]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Equal("/alerts?section=thresholds&new=1", page.Find("[data-test=incidents-empty] a").GetAttribute("href"));

        await database.AddThresholdAsync(800, 1000);
        database.Get<AlertUpdates>().Publish();
        page.WaitForAssertion(() => Assert.Contains("No alerts in this range", page.Find("[data-test=incidents-empty]").TextContent, StringComparison.Ordinal), Eventually.Limit);
    }

    [Fact]
    public async Task Incidents_show_severity_subject_values_with_units_and_their_rule()
    {
        await database.StartOverAsync();
        await database.AddThresholdAsync(800, 1000, forJobs: 2);
        await database.RunAsync(1200, 1200);
        var page = RenderPage("?from=2026-02-01");
        page.WaitForElement("[data-test=incident]", Eventually.Limit);
        var row = page.Find("[data-test=incident]").TextContent;
        foreach (var expected in new[] { "Critical", "Workflow 1", "Time per frame", "warning at or above 800 ms/frame, critical at or above 1 s/frame, after 2 jobs in a row", "worst 1.20 s/frame", "latest 1.20 s/frame", "2026-02-18 12:00:02", "Open", "#2" })
            Assert.Contains(expected, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_an_error_with_another_try()
    {
        await using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        var page = RenderPage(services: away);
        page.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", page.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Contains(page.FindAll("[data-test=error] button"), b => b.TextContent.Trim() == "Retry");
        Assert.Empty(page.FindAll("[data-test=incidents-empty]"));
    }

    [Fact]
    public async Task The_dialog_of_a_threshold_says_what_is_wrong_under_fields_that_were_left_and_keeps_it_from_being_saved()
    {
        await database.StartOverAsync();
        var dialogs = await ShowAsync<ThresholdDialog>([]);
        Assert.DoesNotContain(dialogs.FindAll(".mud-input-helper-text"), h => h.ClassList.Contains("mud-input-error"));
        await ChangeAsync(dialogs, "warning", "900");
        await ChangeAsync(dialogs, "critical", "800");
        dialogs.WaitForAssertion(
            () => Assert.Contains("The critical limit must be greater than the warning limit for direction above.", dialogs.Markup, StringComparison.Ordinal), Eventually.Limit);
        await dialogs.InvokeAsync(() => dialogs.Find("[data-test=save]").Click());
        await ChangeAsync(dialogs, "critical", "1 s");
        dialogs.WaitForAssertion(() => Assert.DoesNotContain("must be greater", dialogs.Markup, StringComparison.Ordinal), Eventually.Limit);
        Assert.Empty(await database.Get<ThresholdService>().ListAsync(AlertRows.Cancel));

        await dialogs.InvokeAsync(() => dialogs.Find("[data-test=save]").Click());
        dialogs.WaitForAssertion(() => Assert.Empty(dialogs.FindAll("[data-test=save]")), Eventually.Limit);
        var made = Assert.Single(await database.Get<ThresholdService>().ListAsync(AlertRows.Cancel));
        Assert.Equal(("time_per_frame_ms", AlertScope.Global, 900f, 1000f, AlertDirection.Above, 3), (made.MetricName, made.ScopeType, made.WarningThreshold, made.CriticalThreshold, made.Direction, made.ForJobs));
        Assert.Equal("Ada", await database.ScalarAsync<string>("SELECT actor FROM alert_audit"));
    }

    [Fact]
    public async Task What_somebody_else_changed_meanwhile_is_shown_instead_of_overwritten()
    {
        await database.StartOverAsync();
        var id = await database.AddThresholdAsync(800, 1000);
        var stale = (await database.Get<ThresholdService>().GetAsync(id, AlertRows.Cancel))!;
        var dialogs = await ShowAsync<ThresholdDialog>(new() { { d => d.Rule, stale } });
        await database.ExecuteAsync("UPDATE performance_alert_thresholds SET warning_threshold = 850");
        await ChangeAsync(dialogs, "critical", "2000");
        await dialogs.InvokeAsync(() => dialogs.Find("[data-test=save]").Click());
        dialogs.WaitForAssertion(() => Assert.Contains("warning at or above 850 ms/frame, critical at or above 1 s/frame", dialogs.Find("[data-test=message]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Equal(1000f, await database.ScalarAsync<float>("SELECT critical_threshold FROM performance_alert_thresholds"));

        await dialogs.InvokeAsync(() => dialogs.FindAll("[data-test=message] button").Single(b => b.TextContent.Trim() == "Show their changes").Click());
        dialogs.WaitForAssertion(() => Assert.Equal("850 ms", dialogs.Find("[data-test=warning]").GetAttribute("value")), Eventually.Limit);
    }

    [Fact]
    public async Task A_back_test_counts_what_would_have_fired_and_leads_to_the_jobs()
    {
        await database.StartOverAsync();
        await database.AddJobsAsync([.. Enumerable.Range(1, 6).Select(i => new FarmRow { JobId = i, TimePerFrameMs = i % 3 == 0 ? 2000 : 100, CompletedAt = Now.UtcDateTime.AddDays(-7).AddMinutes(i) })]);
        var dialogs = await ShowAsync<ThresholdDialog>([]);
        await ChangeAsync(dialogs, "warning", "900");
        await ChangeAsync(dialogs, "critical", "3000");
        await ChangeAsync(dialogs, "for-jobs", "1");
        dialogs.WaitForAssertion(() => Assert.False(Button(dialogs, "Back-test").HasAttribute("disabled")), Eventually.Limit);
        await dialogs.InvokeAsync(() => Button(dialogs, "Back-test").Click());
        dialogs.WaitForAssertion(
            () => Assert.Equal("In the last 30 days this would have fired 2 times: 2 of 6 jobs breached the limit.", dialogs.Find("[data-test=back-test-result]").TextContent), Eventually.Limit);
        Assert.Equal(["/jobs/6", "/jobs/3"], dialogs.FindAll("[data-test=back-test] a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public async Task For_every_workflow_a_threshold_with_limits_of_its_own_is_made_for_each()
    {
        await database.StartOverAsync();
        await database.AddJobsAsync([.. Enumerable.Range(1, 60).Select(i => new FarmRow { JobId = i, WorkflowId = 1 + (i % 2), TimePerFrameMs = (i % 2 == 0 ? 1000 : 34_000) + (10 * i), CompletedAt = Now.UtcDateTime.AddDays(-1).AddMinutes(i) })]);
        await database.AddThresholdAsync(5, 6, metric: "vram_peak_mb", scope: "workflow", scopeId: 1);
        var dialogs = await ShowAsync<ThresholdDialog>([]);
        await dialogs.InvokeAsync(() => Button(dialogs, "Suggest limits").Click());
        dialogs.WaitForAssertion(() => Assert.Equal(["Workflow 2", "Workflow 1"], dialogs.FindAll("[data-test=workflow-suggestions] tbody th").Select(h => h.TextContent.Trim())), Eventually.Limit);
        Assert.Contains("The workflows' own warning limits go from 34.56 s/frame to 1.571 s/frame", dialogs.Find("[data-test=suggestion]").TextContent, StringComparison.Ordinal);
        Assert.Equal("34.56 s", dialogs.Find("[data-test=warning]").GetAttribute("value"));

        await dialogs.InvokeAsync(() => dialogs.Find("[data-test=create-for-each]").Click());
        dialogs.WaitForAssertion(() => Assert.Empty(dialogs.FindAll("[data-test=save]")), Eventually.Limit);
        Assert.Equal(
            "workflow 2 34560 3, workflow 1 1571 3",
            string.Join(", ", (await database.Get<ThresholdService>().ListAsync(AlertRows.Cancel)).Where(t => t.MetricName == "time_per_frame_ms").Select(t => $"{t.ScopeType.ToText()} {t.ScopeId} {t.WarningThreshold} {t.ForJobs}")));
    }

    [Fact]
    public async Task A_window_rule_has_suggested_limits_and_a_back_test_and_says_what_it_waits_for()
    {
        await database.StartOverAsync();
        await database.AddJobsAsync([.. Enumerable.Range(1, 120).Select(i => new FarmRow { JobId = i, TimePerFrameMs = i > 60 ? 300_000 : 100_000, CompletedAt = Now.UtcDateTime.AddDays(-1).AddMinutes(i) })]);
        var dialogs = await ShowAsync<WindowRuleDialog>([]);
        await dialogs.InvokeAsync(() => Button(dialogs, "Suggest limits").Click());
        dialogs.WaitForAssertion(() => Assert.Equal(("5 min", "5 min 15 s"), (Value("warning"), Value("critical"))), Eventually.Limit);
        await ChangeAsync(dialogs, "warning", "4m");
        dialogs.WaitForAssertion(() => Assert.False(Button(dialogs, "Back-test").HasAttribute("disabled")), Eventually.Limit);
        await dialogs.InvokeAsync(() => Button(dialogs, "Back-test").Click());
        dialogs.WaitForAssertion(() => Assert.Contains("this would have fired once", dialogs.Find("[data-test=back-test-result]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        await dialogs.InvokeAsync(() => dialogs.Find("[data-test=save]").Click());
        dialogs.WaitForAssertion(() => Assert.Empty(dialogs.FindAll("[data-test=save]")), Eventually.Limit);

        await database.ExecuteAsync("INSERT INTO alert_window_evaluations (window_rule_id, evaluated_until, waiting_jobs) SELECT id, @at, 60000 FROM alert_window_rules", ("at", Now.UtcDateTime.AddMinutes(-10)));
        var page = RenderPage("?section=window-rules");
        page.WaitForAssertion(() => Assert.StartsWith("Waiting for 60,000 jobs to be recorded", page.Find("[data-test=waiting]").TextContent, StringComparison.Ordinal), Eventually.Limit);

        string? Value(string field) => dialogs.Find($"[data-test={field}]").GetAttribute("value");
    }

    [Fact]
    public async Task Channels_whose_messages_lead_nowhere_say_so_and_how_to_mend_it()
    {
        await database.StartOverAsync();
        await database.ExecuteAsync("INSERT INTO notification_channels (kind, name, target) VALUES ('webhook', 'Ops', 'example.test')");
        var page = RenderPage("?section=channels");
        page.WaitForAssertion(() => Assert.Contains("PerfDash__Notifications__PublicUrl", page.Find("[data-test=no-link]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        var dialogs = await ShowAsync<ChannelDialog>([]);
        Assert.Contains("no link", dialogs.Find("[data-test=no-link]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bell_counts_and_tells_a_few_changes_singly_and_many_in_one_line()
    {
        await database.StartOverAsync();
        await database.ExecuteAsync("INSERT INTO notification_channels (kind, name, target, configuration_key) VALUES ('in_app', 'In PerfDash', 'PerfDash', 'in_app')");
        await database.AddThresholdAsync(800, 1000);
        UseServices();
        _ = Popovers;
        var bell = Render<AlertBell>();
        bell.WaitForAssertion(() => Assert.Equal("No open alerts", bell.Find("[data-test=bell]").GetAttribute("aria-label")), Eventually.Limit);
        var snackbar = Services.GetRequiredService<ISnackbar>();
        Assert.Empty(snackbar.ShownSnackbars);

        await database.RunAsync(1200);
        database.Get<AlertUpdates>().Publish();
        bell.WaitForAssertion(() => Assert.Equal("1 open alert", bell.Find("[data-test=bell]").GetAttribute("aria-label")), Eventually.Limit);
        bell.WaitForAssertion(() => Assert.Equal(Severity.Error, Assert.Single(snackbar.ShownSnackbars).Severity), Eventually.Limit);
        snackbar.Clear();

        await database.RunAsync(100, 1200, 100, 1200);
        Time.Advance(AlertFeed.Interval);
        database.Get<AlertUpdates>().Publish();
        bell.WaitForAssertion(
            () =>
            {
                Time.Advance(AlertFeed.Interval);
                Assert.Single(snackbar.ShownSnackbars);
            },
            Eventually.Limit);
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<MudDialogProvider> dialogs, string text) => dialogs.FindAll("button").Single(b => b.TextContent.Trim() == text);

    // (Found and changed in one turn: a render between the two would give the handler another id.)
    private static Task ChangeAsync(IRenderedComponent<MudDialogProvider> dialogs, string field, string text) =>
        dialogs.InvokeAsync(() => dialogs.Find($"[data-test={field}]").Change(text));

    private void UseServices(IServiceProvider? services = null)
    {
        // Once: a page and a dialog may be rendered by one test.
        if (Services.Any(s => s.ServiceType == typeof(AlertUpdates)))
            return;
        Use<AlertUpdates>();
        Use<AlertQueries>();
        Use<AlertNotificationQueries>();
        Use<ThresholdService>();
        Use<ThresholdSuggestions>();
        Use<ThresholdBackTest>();
        Use<WindowRuleService>();
        Use<WindowRuleBackTest>();
        Use<IncidentService>();
        Use<MuteService>();
        Use<RuleChoiceQueries>();
        Use<RuleActivityQueries>();
        Use<ChannelService>();
        Use<ChannelStatusQueries>();
        Use<DeliveryQueries>();
        Services.AddSingleton(Options.Create(new NotificationOptions()));
        Services.AddScoped<AlertFeed>();

        void Use<T>()
            where T : class => Services.AddSingleton(services is null ? database.Get<T>() : services.GetRequiredService<T>());
    }

    private IRenderedComponent<AlertsPage> RenderPage(string query = "", IServiceProvider? services = null)
    {
        UseServices(services);
        _ = Popovers;
        var navigation = Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/alerts" + query);
        Services.GetRequiredService<AlertFeed>().Start();
        return Render<AlertsPage>(p => p.AddCascadingValue(PageQuery.Parse(navigation.Uri)));
    }

    private async Task<IRenderedComponent<MudDialogProvider>> ShowAsync<TDialog>(DialogParameters<TDialog> parameters)
        where TDialog : IComponent
    {
        UseServices();
        _ = Popovers;
        var dialogs = Render<MudDialogProvider>();
        await dialogs.InvokeAsync(() => Services.GetRequiredService<IDialogService>().ShowAsync<TDialog>("Dialog", parameters));
        dialogs.WaitForElement("[data-test=save]", Eventually.Limit);
        return dialogs;
    }
}
