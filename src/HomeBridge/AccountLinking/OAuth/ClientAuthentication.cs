using System.Text;

namespace HomeBridge.AccountLinking.OAuth;

/// <summary>
/// Who calls the token or revocation endpoint (RFC 6749 section 2.3): a platform by form or by Basic, never by both; a
/// public client by its name.
/// </summary>
internal sealed class ClientAuthentication(AccountLinkingOptions options)
{
    private const int HeaderLengthMax = 1024;

    /// <summary>Checked where there is no such client, so that both take the same time.</summary>
    private readonly PlatformClient _nobody = new()
    {
        ClientId = "",
        Platform = "",
        Name = "",
        RedirectUris = [],
        SecretHashes = [Secrets.Hash(Secrets.New("")), Secrets.Hash(Secrets.New(""))],
    };

    /// <summary>The client, or what refuses it.</summary>
    public (PlatformClient? Client, OAuthError? Refused) Authenticate(HttpRequest request, OAuthForm form)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return Known(form["client_id"], form["client_secret"]);
        }

        if (!IsByBasic(request))
        {
            return (null, OAuthError.InvalidClient);
        }

        if (form.Has("client_secret"))
        {
            return (null, OAuthError.AuthenticatedTwice);
        }

        var (id, secret) = Basic(header);
        return form["client_id"] is { } named && named != id ? (null, OAuthError.InvalidClient) : Known(id, secret ?? "");
    }

    public static bool IsByBasic(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    private (PlatformClient? Client, OAuthError? Refused) Known(string? id, string? secret)
    {
        var client = id is not null && options.Clients.TryGetValue(id, out var found) ? found : _nobody;
        var isRight = client.IsPublic
            ? secret is null
            : secret is { Length: > 0 and <= Secrets.LengthMax } && client.HasSecret(secret);
        return isRight ? (client, null) : (null, OAuthError.InvalidClient);
    }

    /// <summary>Both parts are form encoded within the header (RFC 6749 section 2.3.1).</summary>
    private static (string? Id, string? Secret) Basic(string header)
    {
        var bytes = new byte[Math.Min(header.Length, HeaderLengthMax)];
        if (header.Length > HeaderLengthMax || !Convert.TryFromBase64String(header["Basic ".Length..].Trim(), bytes, out var length))
        {
            return (null, null);
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (null, null) : (Decode(text[..colon]), Decode(text[(colon + 1)..]));
    }

    private static string Decode(string part) => Uri.UnescapeDataString(part.Replace('+', ' '));
}
