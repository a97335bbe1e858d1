using PerfDash.Tests.EmbeddedPostgres;

/// <summary>Name and place are .NET's: run before Main where DOTNET_STARTUP_HOOKS names this assembly.</summary>
internal sealed class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(ServerOwnerProcess.DataDirectoryVariable) is { } dataDirectory)
            ServerOwnerProcess.Run(dataDirectory);
    }
}
