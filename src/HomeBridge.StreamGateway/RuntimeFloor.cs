using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HomeBridge.StreamGateway;

/// <summary>
/// The oldest runtime that may face the internet. Below the fix of CVE-2025-55315 a request can be hidden in the chunk
/// extensions of another one, and what is answered to whom is no longer certain.
/// </summary>
public static partial class RuntimeFloor
{
    /// <summary>The version of the web server in this process.</summary>
    public static string Running { get; } =
        typeof(KestrelServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Why this version is refused, in a sentence that says what to do; null when it is not.</summary>
    public static string? Refusal(string version) => IsFixed(version)
        ? null
        : $"ASP.NET Core {version.Split('+')[0]} is below the fix of CVE-2025-55315 (request smuggling): install 8.0.21, 9.0.10, 10.0.0 or later and start again.";

    private static bool IsFixed(string version)
    {
        if (Version().Match(version) is not { Success: true } match)
        {
            return false;
        }

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        return (Number("major"), Number("minor"), Number("patch")) switch
        {
            (8, 0, var patch) => patch >= 21,
            (9, 0, var patch) => patch >= 10,
            (10, 0, 0) => match.Groups["preview"].ValueSpan is "" or ['r', 'c', '.', >= '2' and <= '9', ..],
            var (major, _, _) => major >= 10,
        };
    }

    [GeneratedRegex(@"\A(?<major>[0-9]{1,4})\.(?<minor>[0-9]{1,4})\.(?<patch>[0-9]{1,4})(?:-(?<preview>[^+]+))?(?:\+|\z)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
