using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Suspensions;
using HomeBridge.Traits;

namespace HomeBridge.OpsConsole;

/// <summary>
/// Turns what an operator typed into an order: everything that can be wrong is said in a sentence before anything
/// happens.
/// </summary>
internal sealed class SuspensionOrders(
    AccountLinks links, DeviceRegister devices, DeviceCloudOptions maker, AccountLinkingOptions linking, TimeProvider time)
{
    /// <summary>The order, or the sentence that says what to change.</summary>
    public (SuspensionOrder? Order, string? Wrong) Read(SuspensionRequest request)
    {
        if (request.Preset is null && request.Scope is null)
        {
            return (null, "Say what to suspend: \"preset\" or \"scope\". An empty scope {} is everything.");
        }

        if (request.Reason is { Length: > SuspensionOrder.TextLengthMax } || request.Incident is { Length: > SuspensionOrder.TextLengthMax })
        {
            return (null, $"reason and incident have at most {SuspensionOrder.TextLengthMax} characters.");
        }

        var now = time.GetUtcNow();
        if (request.ReviewAt is { } review && (review < now + SuspensionOrder.ReviewAfterMin || review > now + SuspensionOrder.ReviewAfterMax))
        {
            return (null, $"review_at is a time from {SuspensionOrder.ReviewAfterMin.TotalMinutes:0} minute to {SuspensionOrder.ReviewAfterMax.TotalDays:0} days from now, like {now + SuspensionOrder.ReviewAfter:yyyy-MM-ddTHH:mm:ssZ}. It reminds; it ends nothing.");
        }

        var scope = request.Scope ?? new SuspensionScope();
        if (HasEmptyMember(scope))
        {
            return (null, "A member of scope is empty. Leave it out: an absent member means any.");
        }

        if (scope.AccountLink is { } link && links.Find(link) is null)
        {
            return (null, $"There is no live account link '{link}'. GET /ops/v1/links lists them.");
        }

        if (scope.Device is { } id)
        {
            if (devices.Find(id) is not { } device)
            {
                return (null, $"There is no device '{id}'. Use the id that the platform sees, or the maker's own.");
            }

            scope = scope with { Device = device.Id.Value };
        }

        SuspensionEffects effects;
        if (request.Preset is { } preset)
        {
            if (request.Effects is not null)
            {
                return (null, "A preset brings its own effects: leave \"effects\" out, or the preset.");
            }

            if (SuspensionPresets.Wrong(preset, scope) is { } wrong)
            {
                return (null, wrong);
            }

            if (SuspensionPresets.Find(preset, scope) is not { } ready)
            {
                return (null, $"There is no preset '{preset}'. There are: {string.Join(", ", SuspensionPresets.Names)}.");
            }

            (scope, effects) = ready;
        }
        else if (request.Effects is null)
        {
            effects = SuspensionEffects.All;
        }
        else if (OpsJson.Effects(request.Effects) is { } named)
        {
            effects = named;
        }
        else
        {
            return (null, $"effects are some of: {string.Join(", ", OpsJson.Names(SuspensionEffects.All))}.");
        }

        return (new SuspensionOrder(request.Preset, scope, effects, request.Reason ?? "", request.Incident is { Length: > 0 } incident ? incident : "new", request.ReviewAt), null);
    }

    /// <summary>
    /// What looks like a slip though it is a legal order: a scope that names what this bridge does not know stops nothing
    /// today. Null when there is nothing to say.
    /// </summary>
    public string[]? Warnings(SuspensionScope scope)
    {
        string? Unknown(string member, string? value, IEnumerable<string> known) => value is null || known.Contains(value, StringComparer.Ordinal)
            ? null
            : $"Nothing here has {member} '{value}', so this stops nothing now. There is: {string.Join(", ", known)}.";
        string[] warnings =
        [
            .. new[]
            {
                Unknown("platform", scope.Platform, linking.Clients.Values.Select(client => client.Platform).Distinct(StringComparer.Ordinal)),
                Unknown("vendor", scope.Vendor, [maker.Vendor]),
                Unknown("trait", scope.Trait, TraitCatalogue.Current.Announced),
                scope is not { DeviceModel: null, Firmware: null } && !devices.HasSome(scope.DeviceModel, scope.Firmware)
                    ? $"No device here is known to be {Described(scope)}, so of those whose maker tells it this stops none now."
                    : null,
                scope is { AccountLink: not null } or { Device: not null } && links.CountCovered(scope).Devices == 0
                    ? "Nothing that is shared now fits all of this scope, so this stops nothing now."
                    : null,
            }.OfType<string>(),
        ];
        return warnings.Length == 0 ? null : warnings;
    }

    private static string Described(SuspensionScope scope) => string.Join(
        " and ", new[] { scope.DeviceModel is { } model ? $"device_model '{model}'" : null, scope.Firmware is { } firmware ? $"firmware '{firmware}'" : null }.OfType<string>());

    /// <summary>An empty member is a slip, and reading it as "any" would stop more than was meant.</summary>
    private static bool HasEmptyMember(SuspensionScope scope) =>
        new[] { scope.Platform, scope.Vendor, scope.DeviceModel, scope.Firmware, scope.Trait, scope.AccountLink, scope.Device }
            .Any(member => member is not null && string.IsNullOrWhiteSpace(member));
}
