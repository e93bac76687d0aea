using System.Globalization;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Suspensions;
using Microsoft.AspNetCore.WebUtilities;

namespace HomeBridge.OpsConsole;

/// <summary>Scopes, effects, states and times in the words that somebody reads at 3 a.m.</summary>
internal static class SuspensionWords
{
    public const string NumbersWentBack =
        "Nothing was changed: the database's numbers went back, as after a restore, so everything that is known stays in force until two people take the new numbering.";

    public static readonly (string Name, SuspensionEffects Effect, string Does)[] Effects =
    [
        ("cut_streams", SuspensionEffects.CutStreams, "ends running camera streams and refuses new ones"),
        ("deny_commands", SuspensionEffects.DenyCommands, "refuses commands"),
        ("deny_state", SuspensionEffects.DenyState, "answers no states"),
        ("freeze_linking", SuspensionEffects.FreezeLinking, "lets nobody link anew"),
    ];

    /// <summary>The members of a scope with the names that the API has for them.</summary>
    public static IEnumerable<(string Member, string Name, string? Value)> Members(SuspensionScope scope) =>
    [
        ("platform", "platform", scope.Platform),
        ("vendor", "vendor", scope.Vendor),
        ("device_model", "model", scope.DeviceModel),
        ("firmware", "firmware", scope.Firmware),
        ("trait", "trait", scope.Trait),
        ("account_link", "link", scope.AccountLink),
        ("device", "device", scope.Device),
    ];

    /// <summary>What a scope covers: <c>acme cameras</c>, <c>everything</c>, <c>cameras of link lnk_…</c>.</summary>
    public static string Of(SuspensionScope scope)
    {
        var what = scope.Trait switch
        {
            null when scope is { DeviceModel: null, Firmware: null } || scope.Device is not null => "everything",
            null => "devices",
            "CameraStream" => "cameras",
            var trait => $"trait {trait}",
        };
        var words = scope.Vendor is { } vendor ? what == "everything" ? $"everything of {vendor}" : $"{vendor} {what}" : what == "everything" ? what : $"all {what}";
        if (scope.DeviceModel is { } model)
        {
            words += $", model {model}";
        }

        if (scope.Firmware is { } firmware)
        {
            words += $", firmware {firmware}";
        }

        if (scope.Device is { } device)
        {
            words += $", device {Id(device)}";
        }

        if (scope.AccountLink is { } link)
        {
            words += $", link {Id(link)}";
        }

        return scope.Platform is { } platform ? $"{words} on {platform}" : words;
    }

    public static string Of(SuspensionEffects effects) => string.Join("; ", Effects.Where(one => effects.HasFlag(one.Effect)).Select(one => one.Does));

    /// <summary>A state as word and symbol, so that colour is never alone.</summary>
    public static Html State(string state) => state switch
    {
        "active" => new Html("<span class=\"state stopped\"><span aria-hidden=\"true\">■</span> Suspended</span>"),
        "resuming" => new Html("<span class=\"state part\"><span aria-hidden=\"true\">◐</span> Resuming</span>"),
        "lifted" => new Html("<span class=\"state\"><span aria-hidden=\"true\">○</span> Lifted</span>"),
        _ => Html.Of($"<span class=\"state\">{state}</span>"),
    };

    /// <summary>The two ends of a long id: enough to tell it from others.</summary>
    public static string Id(string id) => id.Length <= 14 ? id : $"{id[..8]}…{id[^4..]}";

    /// <summary><c>40 s</c>, <c>12 min</c>, <c>3 h 5 min</c>, <c>2 d 3 h</c>.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalSeconds)} s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalMinutes} min"),
        { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalHours} h {age.Minutes} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays} d {age.Hours} h"),
    };

    public static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Count(long number, string one, string? many = null) => $"{Number(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>The way to the suspend page with a scope filled in.</summary>
    public static string SuspendAddress(string preset, SuspensionScope scope) => QueryHelpers.AddQueryString(
        SuspendPage.Path,
        new Dictionary<string, string?>(Members(scope).Where(one => one.Value is not null).Select(one => KeyValuePair.Create(one.Member, one.Value)), StringComparer.Ordinal)
        {
            ["preset"] = preset,
        });

    public static string Address(string id) => $"{SuspensionsPage.Path}/{Uri.EscapeDataString(id)}";
}
