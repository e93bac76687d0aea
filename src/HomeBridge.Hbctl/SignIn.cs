using System.Globalization;
using System.Text.Json;
using Microsoft.Identity.Client;

namespace HomeBridge.Hbctl;

/// <summary>
/// Signs in by device code, with MSAL, at the identity provider that the bridge names. Tokens are kept in a file of one
/// bridge that only its owner can read: no bridge gets the token of another.
/// </summary>
internal sealed class SignIn
{
    private const string Provider = "provider.json";
    private const string TokenFile = "tokens.json";

    private readonly string _folder;
    private readonly IPublicClientApplication _app;
    private readonly string[] _scopes;

    private SignIn(string folder, JsonElement provider)
    {
        string Of(string name) => provider.Text(name) ?? throw new CommandEnds(ExitCodes.Other, $"The bridge does not say its {name}.");
        _folder = folder;
        _scopes = [Of("scope")];
        var instance = new Uri(Of("instance"));
        if (instance.Scheme != Uri.UriSchemeHttps)
        {
            throw new CommandEnds(ExitCodes.Refused, $"The bridge names {instance} to sign in at, which is not https.");
        }

        _app = PublicClientApplicationBuilder.Create(Of("client_id"))
            .WithAuthority(new Uri(instance, Of("tenant_id")), validateAuthority: false)
            .WithInstanceDiscovery(false)
            .Build();
        _app.UserTokenCache.SetBeforeAccess(access =>
        {
            if (File.Exists(Tokens))
            {
                access.TokenCache.DeserializeMsalV3(File.ReadAllBytes(Tokens));
            }
        });
        _app.UserTokenCache.SetAfterAccess(access =>
        {
            if (access.HasStateChanged)
            {
                Write(Tokens, access.TokenCache.SerializeMsalV3());
            }
        });
    }

    private string Tokens => Path.Combine(_folder, TokenFile);

    /// <summary>Asks the bridge where to sign in, and whoever sits there to do it.</summary>
    public static async Task Begin(OpsClient client, Action<string> tell, CancellationToken cancel)
    {
        var provider = await client.GetOpenly("/sign-in", cancel);
        var signIn = new SignIn(FolderOf(client.Url), provider);
        await signIn._app.AcquireTokenWithDeviceCode(signIn._scopes, code =>
        {
            tell(code.Message);
            return Task.CompletedTask;
        }).ExecuteAsync(cancel);
        Write(Path.Combine(signIn._folder, Provider), JsonSerializer.SerializeToUtf8Bytes(provider));
    }

    /// <summary>The access token of a kept sign-in, renewed when it is old; null when nobody signed in.</summary>
    public static async Task<string?> Kept(Uri url, CancellationToken cancel)
    {
        var provider = Path.Combine(FolderOf(url), Provider);
        if (!File.Exists(provider))
        {
            return null;
        }

        try
        {
            var signIn = new SignIn(FolderOf(url), JsonDocument.Parse(await File.ReadAllBytesAsync(provider, cancel)).RootElement);
            return (await signIn._app.GetAccountsAsync()).FirstOrDefault() is { } account
                ? (await signIn._app.AcquireTokenSilent(signIn._scopes, account).ExecuteAsync(cancel)).AccessToken
                : null;
        }
        catch (MsalUiRequiredException)
        {
            throw new CommandEnds(ExitCodes.Refused, "Your sign-in is over. Run hbctl login.");
        }
    }

    public static bool Forget(Uri url)
    {
        var folder = FolderOf(url);
        if (!Directory.Exists(folder))
        {
            return false;
        }

        Directory.Delete(folder, recursive: true);
        return true;
    }

    private static string FolderOf(Uri url)
    {
        var home = Environment.GetEnvironmentVariable("HBCTL_HOME") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "hbctl");
        return Path.Combine(home, string.Create(CultureInfo.InvariantCulture, $"{url.Scheme}_{url.IdnHost.Replace(':', '_')}_{url.Port}"));
    }

    /// <summary>Written beside and moved: nobody reads half a file, and never one that others can read.</summary>
    private static void Write(string path, byte[] content)
    {
        var folder = Path.GetDirectoryName(path)!;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var beside = $"{path}.{Environment.ProcessId}";
        using (var file = new FileStream(beside, options))
        {
            file.Write(content);
        }

        File.Move(beside, path, overwrite: true);
    }
}
