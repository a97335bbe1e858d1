using PerfDash.Web.Commands;

return await PerfDashCommandLine.RunAsync(args);

/// <summary>Entry point; public so that tests can host the application.</summary>
public sealed partial class Program;
