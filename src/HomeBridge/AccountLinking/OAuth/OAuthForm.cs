using HomeBridge.Hosting;
using Microsoft.Extensions.Primitives;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// The parameters of a token or revocation request: from a form body and nowhere else, each at most once, an empty one
/// absent (RFC 6749 section 3.2), names as they are written.
/// </summary>
internal sealed class OAuthForm
{
    /// <summary>Bytes of a body: a code, a verifier, a secret.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>What must never be in a URL (RFC 6749 section 2.3.1, RFC 9700 section 4.3.2).</summary>
    private static readonly string[] Secret =
        ["client_secret", "code", "code_verifier", "refresh_token", "access_token", "token", "client_assertion", "password"];

    private readonly Dictionary<string, StringValues> _fields;

    private OAuthForm(IFormCollection form) => _fields = new(form, StringComparer.Ordinal);

    public static async Task<(OAuthForm? Form, OAuthError? Refused)> Read(HttpRequest request)
    {
        if (Array.Exists(Secret, request.Query.ContainsKey))
        {
            return (null, OAuthError.SecretInUrl);
        }

        if (request.ContentType is not { } type
            || !type.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            || await Forms.Read(request) is not { } read)
        {
            return (null, OAuthError.FormNeeded);
        }

        var form = new OAuthForm(read);
        return form._fields.Values.Any(values => values.Count > 1) ? (null, OAuthError.RepeatedParameter) : (form, null);
    }

    /// <summary>A parameter's value; null when it is absent or empty.</summary>
    public string? this[string name] => _fields.TryGetValue(name, out var values) && values is [{ Length: > 0 } value] ? value : null;

    public bool Has(string name) => _fields.ContainsKey(name);
}
