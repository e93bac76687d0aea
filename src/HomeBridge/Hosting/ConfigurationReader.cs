using System.Globalization;

namespace HomeBridge.Hosting;

/// <summary>
/// Reads configuration key by key and collects everything that is wrong, so that one start tells it all: which key,
/// what was wrong, an example. A secret may stand in a file instead: key <c>X:Y</c> or <c>X:YFile</c>.
/// </summary>
internal sealed class ConfigurationReader(IConfiguration configuration, bool isSandbox)
{
    private readonly List<string> _problems = [];

    /// <summary>The environment named <c>Sandbox</c>: http and sandbox identities are allowed there only.</summary>
    public bool IsSandbox { get; } = isSandbox;

    public IReadOnlyList<string> Problems => _problems;

    public void Problem(string key, string wrong, string example) =>
        _problems.Add($"{key}: {wrong} Example: {key} = {example}");

    public string Text(string key, string example)
    {
        var value = configuration[key];
        if (string.IsNullOrWhiteSpace(value))
        {
            Problem(key, "is missing.", example);
        }

        return value ?? "";
    }

    public string? OptionalText(string key) => configuration[key] is { Length: > 0 } value ? value : null;

    public bool Flag(string key, bool otherwise)
    {
        var value = configuration[key];
        if (value is null or "")
        {
            return otherwise;
        }

        if (!bool.TryParse(value, out var flag))
        {
            Problem(key, $"'{value}' is neither true nor false.", "true");
        }

        return flag;
    }

    /// <summary>A secret of at least <paramref name="bytesMin"/> bytes in base64, from the key or from the file it names.</summary>
    public byte[] Secret(string key, int bytesMin)
    {
        const string example = "the output of: openssl rand -base64 32";
        var text = SecretText(key, example);
        var bytes = new byte[text.Length];
        if (text.Length > 0 && (!Convert.TryFromBase64String(text, bytes, out var length) || length < bytesMin))
        {
            Problem(key, $"must be at least {bytesMin} random bytes in base64.", example);
        }

        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out length) ? bytes[..length] : [];
    }

    /// <summary>Whether a secret that may be absent was given, in the key or in a file.</summary>
    public bool HasSecret(string key) => configuration[key] is { Length: > 0 } || configuration[key + "File"] is { Length: > 0 };

    /// <summary>A secret as text, from the key or from the file that <c>{key}File</c> names.</summary>
    public string SecretText(string key, string example)
    {
        if (configuration[key + "File"] is { Length: > 0 } file)
        {
            try
            {
                return File.ReadAllText(file).Trim();
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                Problem(key + "File", $"'{file}' can't be read ({unreadable.Message}).", "/run/secrets/name");
                return "";
            }
        }

        var value = configuration[key];
        if (string.IsNullOrWhiteSpace(value))
        {
            Problem(key, $"is missing (or {key}File with the path of a file that holds it).", example);
        }

        return value ?? "";
    }

    /// <summary>An absolute URL that others see: https, except in the sandbox; without a trailing slash.</summary>
    public string PublicUrl(string key, string example)
    {
        var url = Url(key, example);
        if (url.Length > 0 && !IsSandbox && !url.StartsWith("https://", StringComparison.Ordinal))
        {
            Problem(key, $"'{url}' must be https: it is seen by platforms, residents and displays.", example);
        }

        return url;
    }

    /// <summary>An absolute http or https URL without query and fragment; a trailing slash is taken off.</summary>
    public string Url(string key, string example)
    {
        var value = Text(key, example);
        if (value.Length == 0)
        {
            return "";
        }

        if (!Uri.TryCreate(value, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
        {
            Problem(key, $"'{value}' is not an absolute http or https URL without query.", example);
            return "";
        }

        return value.TrimEnd('/');
    }

    /// <summary>Where to listen: scheme, host, port.</summary>
    public string ListenUrl(string key, string example)
    {
        var url = Url(key, example);
        if (url.Length > 0 && new Uri(url).AbsolutePath != "/")
        {
            Problem(key, $"'{url}' must have no path: it is where a listener is bound.", example);
        }

        return url;
    }

    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan min, TimeSpan max)
    {
        var value = configuration[key];
        if (value is null or "")
        {
            return otherwise;
        }

        if (!TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var duration) || duration < min || duration > max)
        {
            Problem(key, $"'{value}' is not a duration from {min} to {max}.", otherwise.ToString());
            return otherwise;
        }

        return duration;
    }

    public int Number(string key, int otherwise, int min, int max)
    {
        var value = configuration[key];
        if (value is null or "")
        {
            return otherwise;
        }

        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
        {
            Problem(key, $"'{value}' is not a number from {min} to {max}.", otherwise.ToString(CultureInfo.InvariantCulture));
            return otherwise;
        }

        return number;
    }

    public IEnumerable<string> Children(string key) => configuration.GetSection(key).GetChildren().Select(child => child.Path);

    public string[] Texts(string key) =>
        [.. configuration.GetSection(key).GetChildren().Select(child => child.Value).OfType<string>()];
}

/// <summary>The bridge can't start with what it was given.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> problems)
    : Exception("The configuration is not usable:\n" + string.Join('\n', problems.Select(problem => "  " + problem)));
