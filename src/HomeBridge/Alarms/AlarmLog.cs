using System.Collections.Frozen;

namespace HomeBridge.Alarms;

/// <summary>
/// Whoever notices something that is an alarm writes it to the log under the alarm's name. From there it comes here, so that
/// no room needs to know who listens.
/// </summary>
internal sealed class AlarmLog(IServiceProvider services) : ILoggerProvider
{
    private static readonly FrozenDictionary<string, Alarm> ByName = Alarm.All.ToFrozenDictionary(alarm => alarm.Name, StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => new Listener(services);

    public void Dispose()
    {
    }

    private sealed class Listener(IServiceProvider services) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name is { } name && ByName.TryGetValue(name, out var alarm) && logLevel >= LogLevel.Error)
            {
                services.GetService<AlarmBoard>()?.Happened(alarm, formatter(state, exception));
            }
        }
    }
}
