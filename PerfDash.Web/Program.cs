using PerfDash.Web.Commands;

return await ServeCommand.RunAsync(args, CancellationToken.None);

/// <summary>Entry point; public so that tests can host the application.</summary>
public sealed partial class Program;
