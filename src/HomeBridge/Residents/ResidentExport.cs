using System.Text.Json;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.Audit;
using HomeBridge.CameraStreams;
using HomeBridge.Devices;
using HomeBridge.LinkDoctor;

namespace HomeBridge.Residents;

/// <summary>
/// What the bridge holds of a resident, as contracts/account-data.md has it. Written piece by piece: no export is ever whole in
/// memory. No token, no hash of one, and nothing that opens anything.
/// </summary>
internal sealed class ResidentExport(
    ResidentProfiles profiles, LinkRecords records, LinkUses uses, SharingPauses pauses, ResidentSessions sessions, CompanionTokens companions,
    MakerTokens makerTokens, ViewingRecord views, ResidentDevices devices, ResidentNoticeChoices choices, DeviceProblems problems, Doctor doctor, AuditTrail audit, AccountLinkingOptions options,
    ResidentsOptions kept, TimeProvider time)
{
    /// <summary>Rows of the trail in one export, the newest.</summary>
    private const int AuditRowsMax = 10_000;

    /// <summary>Looks at the trail in one export; each looks at so many rows and no more.</summary>
    private const int AuditLooksMax = 50;

    private const int AuditRowsAtOnce = 500;

    /// <summary>What residents do that is not about a link or an app, by the trail's names.</summary>
    private static readonly string[] Own =
        ["account.deleted", "notices.off", "notices.on", "sharing.paused", "sharing.resumed", "stream.granted", "stream.stopped", "view.not_mine"];

    public async Task Write(HomeAccount home, Stream to, CancellationToken cancel)
    {
        await using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Indented = true });
        var all = records.Of(home.Vendor, home.Account);
        var consents = records.Consents(home.Vendor, home.Account);
        var apps = companions.Of(home.Vendor, home.Account);
        json.WriteStartObject();
        Time(json, "exported_at", time.GetUtcNow());
        json.WriteString("account", home.Account);
        json.WriteString("maker", home.Vendor);
        Profile(json, home);
        List(json, "consents", consents, Consent);
        await json.FlushAsync(cancel);
        json.WriteStartArray("links");
        foreach (var record in all)
        {
            Link(json, home, record);
            await json.FlushAsync(cancel);
        }

        json.WriteEndArray();
        List(json, "pauses", pauses.Of(home.Vendor, home.Account), (writer, pause) =>
        {
            writer.WriteString("camera", pause.Device ?? "all");
            Time(writer, "since", pause.PausedAt);
            Time(writer, "until", pause.Until);
        });
        List(json, "device_names", [.. devices.Names(home)], (writer, device) =>
        {
            writer.WriteString("device", device.Key);
            writer.WriteString("name", device.Value);
        });
        List(json, "device_problems", problems.Of(home.Vendor, home.Account), (writer, problem) =>
        {
            writer.WriteString("device", problem.Device);
            writer.WriteString("type", problem.Type);
            writer.WriteString("problem", problem.Problem);
        });
        List(json, "notices", choices.Of(home), (writer, choice) =>
        {
            writer.WriteString("kind", choice.Kind);
            writer.WriteBoolean("on", choice.IsOn);
        });
        List(json, "browsers", sessions.Of(home.Vendor, home.Account), (writer, session) =>
        {
            writer.WriteString("browser", session.Browser);
            Time(writer, "signed_in", session.BegunAt);
            Time(writer, "last_used", session.LastUsedAt);
        });
        List(json, "apps", apps, (writer, app) =>
        {
            writer.WriteString("app", app.ClientName);
            Time(writer, "signed_in", app.Begun);
            Time(writer, "last_used", app.LastUsed);
        });
        await json.FlushAsync(cancel);
        await Attempts(json, home, cancel);
        await Views(json, home, cancel);
        await Trail(json, home, [.. consents.Select(consent => consent.Link), .. apps.Select(app => app.Id)], cancel);
        json.WriteEndObject();
        await json.FlushAsync(cancel);
    }

    private void Profile(Utf8JsonWriter json, HomeAccount home)
    {
        json.WriteStartObject("profile");
        if (profiles.Of(home.Vendor, home.Account) is { } profile)
        {
            json.WriteString("name", profile.Name);
            json.WriteString("email", profile.Email);
            json.WriteString("time_zone", profile.TimeZone);
            json.WriteString("locale", profile.Locale);
        }

        json.WriteBoolean("maker_asks_to_sign_in_again", makerTokens.NeedsAttention(home.Vendor, home.Account));
        json.WriteEndObject();
    }

    private static void Consent(Utf8JsonWriter json, ConsentRecord consent)
    {
        json.WriteString("link", consent.Link);
        json.WriteString("platform", consent.Platform);
        Time(json, "at", consent.At);
        json.WriteString("wording", consent.Wording);
        json.WriteString("language", consent.Language);
        json.WriteString("new_devices", consent.NewDevices);
        List(json, "cameras", consent.Cameras, (writer, camera) =>
        {
            writer.WriteString("device", camera.Device);
            writer.WriteBoolean("live_video", camera.LiveVideo);
            writer.WriteBoolean("sound", camera.Sound);
            writer.WriteBoolean("recordings", camera.Recordings);
        });
    }

    private void Link(Utf8JsonWriter json, HomeAccount home, LinkRecord record)
    {
        var id = record.Link.Id;
        json.WriteStartObject();
        json.WriteString("link", id.Value);
        json.WriteString("platform", record.Link.Platform);
        json.WriteString("client", record.Link.ClientId);
        json.WriteString("platform_knows_you_as", record.Link.AgentUserId);
        Time(json, "linked", record.LinkedAt);
        Time(json, "last_used", uses.LastUsed(id));
        List(json, "devices", records.Permissions(home.Vendor, home.Account, id.Value), (writer, permission) =>
        {
            writer.WriteString("device", permission.Device);
            Time(writer, "since", permission.Since);
            writer.WriteStartArray("withheld");
            foreach (var trait in permission.Withheld)
            {
                writer.WriteStringValue(trait);
            }

            writer.WriteEndArray();
        });
        Time(json, "ended", record.EndedAt);
        json.WriteString("ended_because", record.EndedBecause);
        if (records.Receipt(home.Vendor, home.Account, id.Value) is { } receipt)
        {
            json.WriteStartObject("receipt");
            json.WriteString("ended_by", LinkReceipt.NameOf(receipt.By));
            json.WriteNumber("access_tokens", receipt.AccessTokens);
            json.WriteNumber("refresh_tokens", receipt.RefreshTokens);
            json.WriteNumber("codes", receipt.Codes);
            json.WriteNumber("devices", receipt.Devices);
            json.WriteNumber("streams", receipt.Elsewhere.Streams);
            json.WriteNumber("tickets", receipt.Elsewhere.Tickets);
            json.WriteNumber("waiting", receipt.Elsewhere.Waiting);
            json.WriteBoolean("tells_platform", receipt.Elsewhere.TellsPlatform);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Steps are kept for a day, so these are the attempts of today that came to a consent.</summary>
    private async Task Attempts(Utf8JsonWriter json, HomeAccount home, CancellationToken cancel)
    {
        List(json, "linking_attempts", doctor.AttemptsOf(home.Vendor, home.Account, Doctor.ListedMax), (writer, attempt) =>
        {
            writer.WriteString("reference", attempt.Name);
            writer.WriteString("link", attempt.Link);
            Time(writer, "began", attempt.Began);
            writer.WriteString("furthest", attempt.Furthest);
            writer.WriteString("outcome", attempt.Outcome);
        });
        await json.FlushAsync(cancel);
    }

    private async Task Views(Utf8JsonWriter json, HomeAccount home, CancellationToken cancel)
    {
        json.WriteNumber("views_kept_days", kept.ViewsKeptDays);
        json.WriteStartArray("views");
        string? after = null;
        for (var left = ViewingRecord.ExportedMax; left > 0;)
        {
            var page = views.Read(home, new StreamViewFilter(), after) ?? [];
            foreach (var view in page)
            {
                json.WriteStartObject();
                json.WriteString("view", view.Id);
                json.WriteString("camera", view.Camera);
                json.WriteString("platform", view.Platform);
                json.WriteString("link", view.Link);
                Time(json, "start", view.Start);
                Time(json, "last_picture", view.LastPicture);
                Time(json, "end", view.EndedAt);
                json.WriteString("ended_how", ViewExport.Word(view.End));
                json.WriteEndObject();
            }

            await json.FlushAsync(cancel);
            left -= page.Count;
            if (page.Count < ViewingRecord.ViewsMax)
            {
                break;
            }

            after = page[^1].Id;
        }

        json.WriteEndArray();
    }

    private async Task Trail(Utf8JsonWriter json, HomeAccount home, string[] subjects, CancellationToken cancel)
    {
        json.WriteStartArray("audit");
        long? before = null;
        var (left, looks, isWhole) = (AuditRowsMax, AuditLooksMax, false);
        while (left > 0 && looks-- > 0 && !isWhole)
        {
            var (rows, next) = audit.Concerning(subjects, home.Account, Own, before, Math.Min(left, AuditRowsAtOnce));
            foreach (var row in rows)
            {
                json.WriteStartObject();
                json.WriteNumber("row", row.Seq);
                Time(json, "at", DateTimeOffset.FromUnixTimeMilliseconds(row.At));
                json.WriteString("by", Who(home, row.Actor));
                json.WriteString("action", row.Action);
                json.WriteString("subject", row.Subject);
                json.WriteString("detail", row.Detail);
                json.WriteEndObject();
            }

            await json.FlushAsync(cancel);
            left -= rows.Count;
            (before, isWhole) = (next, next is null);
        }

        json.WriteEndArray();
        json.WriteBoolean("audit_is_whole", isWhole);
    }

    /// <summary>Residents, platforms and machines by their names; which person of ours it was is theirs.</summary>
    private string Who(HomeAccount home, string actor) =>
        actor == home.Account ? "you"
        : options.Clients.ContainsKey(actor) || actor.Contains(':', StringComparison.Ordinal) || actor is "system" or "new devices" ? actor
        : "operator";

    private static void List<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Time(Utf8JsonWriter json, string name, DateTimeOffset? at)
    {
        if (at is { } moment)
        {
            json.WriteString(name, moment.UtcDateTime);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
