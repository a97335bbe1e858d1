using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PerfDash.Tests.Support;

/// <summary>Keeps what an instance logs as a warning or worse, instead of printing it.</summary>
public sealed class RecordedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    /// <summary>The lines so far, with category and exception.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>
    /// Takes the place of the program's own log, with the exceptions its settings make, and without the scheduler's remarks
    /// on its own threads, which come on a busy machine whatever is under test.
    /// </summary>
    public void Record(IServiceCollection services) => services.AddSingleton<ILoggerFactory>(LoggerFactory.Create(logs => logs
        .SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error).AddFilter("Quartz", LogLevel.Error)
        .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None).AddProvider(this)));

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Category(string name, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {name}: {formatter(state, exception)} {exception}");
    }
}
