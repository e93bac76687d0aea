using System.Net.Http.Headers;

namespace HomeBridge.Hbctl;

/// <summary>Who asks: from the environment or from a kept sign-in, never from the command line, which others can read.</summary>
internal static class Credentials
{
    private const string TokenVariable = "HBCTL_TOKEN";
    private const string BreakGlassVariable = "HBCTL_BREAKGLASS";

    /// <summary>For the sentence that says it was not taken.</summary>
    public static string Used { get; private set; } = "your credential";

    public static async Task<AuthenticationHeaderValue?> Find(Uri url, CancellationToken cancel)
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token)
        {
            Used = $"the token in {TokenVariable}";
            return Header("Bearer", token);
        }

        if (Environment.GetEnvironmentVariable(BreakGlassVariable) is { Length: > 0 } credential)
        {
            Used = $"the credential in {BreakGlassVariable}";
            return credential.Contains(':', StringComparison.Ordinal)
                ? Header("BreakGlass", credential)
                : throw new CommandEnds(ExitCodes.Other, $"{BreakGlassVariable} is not name:secret.");
        }

        Used = "your sign-in";
        return await SignIn.Kept(url, cancel) is { } kept
            ? Header("Bearer", kept)
            : throw new CommandEnds(
                ExitCodes.Refused,
                $"You are not signed in at {url.GetLeftPart(UriPartial.Authority)}. Run hbctl login, or set {TokenVariable} or, without an identity provider, {BreakGlassVariable}.");
    }

    private static AuthenticationHeaderValue Header(string scheme, string value) =>
        value.Trim().All(one => one is > ' ' and < (char)127)
            ? new AuthenticationHeaderValue(scheme, value.Trim())
            : throw new CommandEnds(ExitCodes.Other, "The credential in the environment has a character that no credential has.");
}
