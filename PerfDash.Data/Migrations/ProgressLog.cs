using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;

namespace PerfDash.Data.Migrations;

/// <summary>What DbUp says of its progress. What goes wrong is an exception, which is reported once and without a trace.</summary>
internal sealed partial class ProgressLog(ILogger logger) : IUpgradeLog
{
    public void LogInformation(string format, params object[] args)
    {
        var progress = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
        LogProgress(progress);
    }

    public void LogTrace(string format, params object[] args)
    {
    }

    public void LogDebug(string format, params object[] args)
    {
    }

    public void LogWarning(string format, params object[] args)
    {
    }

    public void LogError(string format, params object[] args)
    {
    }

    public void LogError(Exception ex, string format, params object[] args)
    {
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Progress}")]
    private partial void LogProgress(string progress);
}
