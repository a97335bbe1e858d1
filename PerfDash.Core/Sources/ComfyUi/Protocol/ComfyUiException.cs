namespace PerfDash.Core.Sources.ComfyUi.Protocol;

/// <summary>Why a ComfyUI server could not be asked.</summary>
internal enum ComfyUiFailure
{
    /// <summary>No connection, no answer in time, or the connection broke.</summary>
    Unreachable,

    /// <summary>Answered with 401 or 403.</summary>
    Refused,

    /// <summary>Answered, but with what ComfyUI does not answer: another status, a redirect, no JSON.</summary>
    BadResponse,

    /// <summary>The answer is longer than the client reads.</summary>
    TooLarge,

    /// <summary>Answered with 404.</summary>
    NotFound,
}

/// <summary>A request to a ComfyUI server that failed. The message is for people: at most 200 characters, without passwords, tokens and queries.</summary>
internal sealed class ComfyUiException(ComfyUiFailure kind, string message, Exception? inner = null)
    : Exception(message.Length <= MaxMessageLength ? message : string.Concat(message.AsSpan(0, MaxMessageLength - 1), "…"), inner)
{
    private const int MaxMessageLength = 200;

    public ComfyUiFailure Kind { get; } = kind;
}
