using System.Buffers.Text;
using System.Security.Cryptography;

namespace PerfDash.Web.Access;

/// <summary>
/// One-time tokens that sign a browser in: whoever sees this program's console is its admin. One is valid at a time,
/// and using it makes the next.
/// </summary>
public sealed class SignInLinks
{
    private readonly Lock _lock = new();
    private string _token = NewToken();

    /// <summary>Raised with the next token when one was used, so that the console can print it.</summary>
    public event Action<string>? Renewed;

    /// <summary>The token that is valid now, 256 random bits.</summary>
    public string Current
    {
        get
        {
            lock (_lock)
                return _token;
        }
    }

    /// <summary>True once for the current token.</summary>
    public bool Use(string token)
    {
        string next;
        lock (_lock)
        {
            if (!CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(token), System.Text.Encoding.UTF8.GetBytes(_token)))
                return false;
            next = _token = NewToken();
        }

        Renewed?.Invoke(next);
        return true;
    }

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
