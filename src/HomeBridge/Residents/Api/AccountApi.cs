using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.AccountLinking.SignIn;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.LinkDoctor;
using HomeBridge.Notices;
using HomeBridge.Streaming.Suspensions;
using Microsoft.AspNetCore.Http.Metadata;

namespace HomeBridge.Residents.Api;

/// <summary>
/// What the account's pages can do, for the companion app. It knows the app's bearer tokens only, no cookie: so no other site
/// can act through a browser, and as no browser has to call it, it allows no other origin.
/// </summary>
internal static class AccountApi
{
    public const string Path = "/account/api/v1";

    /// <summary>Bytes of a body: one member.</summary>
    public const int BodyBytesMax = 4 * 1024;

    /// <summary>Views of one answer.</summary>
    private const int ViewsMax = 50;

    /// <summary>When to ask again after the maker didn't say: his breaker lets calls through again by then.</summary>
    private static readonly TimeSpan RetryMakerAfter = TimeSpan.FromSeconds(10);

    /// <summary>Linking attempts of one answer.</summary>
    private const int AttemptsMax = 20;

    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public static void MapAccountApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(Path).WithMetadata(new BodyLimit());
        Map(api, "GET", "/me", call => Task.FromResult(Me(call)));
        Map(api, "GET", "/links", call => Task.FromResult(Json(new { Links = call.Of<ResidentLinks>().List(call.Home).Select(LinkOf) })));
        Map(api, "GET", "/links/{id}", Link);
        Map(api, "DELETE", "/links/{id}", call => Task.FromResult(call.Of<ResidentLinks>().Unlink(call.Home, call["id"]) ? Results.NoContent() : NotFound()));
        Map(api, "GET", "/links/{id}/history", call => Task.FromResult(call.Of<ResidentLinks>().History(call.Home, call["id"]) is { } history
            ? Json(new { Events = history.Select(one => new { At = Utc(one.At), one.Action, one.Detail, one.ByResident }) })
            : NotFound()));
        Map(api, "PUT", "/links/{id}/devices/{device}", async call =>
            await call.Read<SwitchRequest>() is var wanted && await call.Of<ResidentLinks>().SetDevice(call.Home, call["id"], call["device"], wanted.On, call.Cancel)
                ? Results.NoContent() : await NotFoundOrAway(call, call["id"], call["device"]));
        Map(api, "PUT", "/links/{id}/devices/{device}/traits/{trait}", async call =>
            await call.Read<SwitchRequest>() is var wanted
            && await call.Of<ResidentLinks>().SetTrait(call.Home, call["id"], call["device"], call["trait"], wanted.On, call.Cancel)
                ? Results.NoContent() : await NotFoundOrAway(call, call["id"], call["device"]));
        Map(api, "GET", "/links/{id}/receipt", call => Task.FromResult(
            call.Of<ResidentLinks>().Receipt(call.Home, call["id"]) is { } link ? Json(ReceiptOf(link)) : NotFound()));
        Map(api, "GET", "/links/{id}/new-devices", NewDevices);
        Map(api, "PUT", "/links/{id}/new-devices", async call =>
            await call.Read<NewDevicesRequest>() is var wanted && call.Of<ResidentNewDevices>().Set(call.Home, call["id"], wanted.Later)
                ? Results.NoContent() : NotFound());
        Map(api, "DELETE", "/links/{id}/new-devices/{device}", async call =>
            await call.Of<ResidentNewDevices>().Leave(call.Home, call["id"], call["device"], call.Cancel)
                ? Results.NoContent() : await NotFoundOrAway(call, call["id"], call["device"]));
        Map(api, "GET", "/cameras", Cameras);
        Map(api, "PUT", "/cameras/pause", call => Pause(call, camera: null));
        Map(api, "PUT", "/cameras/{id}/pause", call => Pause(call, call["id"]));
        Map(api, "DELETE", "/cameras/pause", call => Resume(call, camera: null));
        Map(api, "DELETE", "/cameras/{id}/pause", call => Resume(call, call["id"]));
        Map(api, "GET", "/views", call => Task.FromResult(Views(call)));
        Map(api, "POST", "/views/stop", call => Task.FromResult(Json(new { Stopped = call.Of<ResidentControls>().StopAll(call.Home) })));
        Map(api, "POST", "/views/{id}/stop", call => Task.FromResult(
            call.Of<ViewingRecord>().Find(call.Home, call["id"]) is null ? NotFound()
            : Json(new { Stopped = call.Of<ResidentControls>().StopNow(call.Home, call["id"]) ? 1 : 0 })));
        Map(api, "POST", "/views/{id}/not-mine", async call =>
            await call.Of<ResidentControls>().NotMine(call.Home, call["id"], call.Cancel) is { } report ? Json(new { Report = report }) : NotFound());
        Map(api, "GET", "/notices", call => Task.FromResult(Json(new
        {
            Notices = call.Of<ResidentLinks>().List(call.Home).SelectMany(link => link.Notices).Select(NoticeOf),
        })));
        Map(api, "GET", "/notice-choices", call => Task.FromResult(Json(new
        {
            Choices = call.Of<ResidentNoticeChoices>().Of(call.Home).Select(choice => new { choice.Kind, On = choice.IsOn }),
            Fixed = NoticeChoices.Fixed,
        })));
        Map(api, "PUT", "/notice-choices/{kind}", async call =>
            await call.Read<SwitchRequest>() is var wanted && call.Of<ResidentNoticeChoices>().Set(call.Home, call["kind"], wanted.On) ? Results.NoContent() : NotFound());
        Map(api, "GET", "/sessions", call => Task.FromResult(Sessions(call)));
        Map(api, "DELETE", "/sessions/{id}", call => Task.FromResult(EndSession(call)));
        Map(api, "GET", "/attempts", call => Task.FromResult(Json(new
        {
            Attempts = call.Of<Doctor>().AttemptsOf(call.Home.Vendor, call.Home.Account, AttemptsMax).Select(attempt => new
            {
                Reference = attempt.Name,
                attempt.Client,
                Began = Utc(attempt.Began),
                attempt.State,
                attempt.Furthest,
                attempt.Outcome,
            }),
        })));
        Map(api, "GET", "/data", call => Task.FromResult<IResult>(new DataFile(call)));
        Map(api, "POST", "/data/deletion", Delete);
    }

    private static void Map(RouteGroupBuilder api, string method, string path, Func<Call, Task<IResult>> act)
    {
        RequestDelegate answer = async context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            await (await Answer(context, act)).ExecuteAsync(context);
        };
        api.MapMethods(path, [method], answer);
    }

    private static async Task<IResult> Answer(HttpContext context, Func<Call, Task<IResult>> act)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (!context.RequestServices.GetRequiredService<CompanionTokens>().TryAuthenticate(authorization, out var session))
        {
            // RFC 6750 section 3.1: whoever sent no token is told no error.
            context.Response.Headers.WWWAuthenticate = authorization.Length == 0
                ? "Bearer realm=\"account\"" : "Bearer realm=\"account\", error=\"invalid_token\"";
            return Problem(StatusCodes.Status401Unauthorized, "Send a live access token of the companion app as a bearer token: refresh it, or sign in again.");
        }

        if (context.RequestServices.GetRequiredService<CallLimits>().Wait(session.Id) is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return Problem(StatusCodes.Status429TooManyRequests, $"A session may call {CallLimits.CallsPerMinute} times in a minute. Wait as long as Retry-After says.");
        }

        try
        {
            return await act(new Call(context, session));
        }
        catch (JsonException)
        {
            return Problem(StatusCodes.Status400BadRequest, "Send a JSON object with exactly the members that this call knows, each of its type.");
        }
        catch (BadHttpRequestException refused)
        {
            return Problem(refused.StatusCode, $"The body can't be read. It may have {BodyBytesMax} bytes.");
        }
    }

    private static IResult Me(Call call)
    {
        var profile = call.Of<ResidentProfiles>().Of(call.Home.Vendor, call.Home.Account);
        return Json(new { profile?.Name, profile?.Email, profile?.TimeZone, Session = call.Session.Id });
    }

    private static object LinkOf(ResidentLink link) => new
    {
        link.Id,
        link.Platform,
        link.Name,
        LinkedAt = Utc(link.LinkedAt),
        LastUsedAt = Utc(link.LastUsed),
        DeviceCount = link.Devices,
        CameraCount = link.Cameras,
        link.State,
    };

    private static async Task<IResult> Link(Call call)
    {
        var links = call.Of<ResidentLinks>();
        return links.Find(call.Home, call["id"]) is { } link && await links.Devices(call.Home, link.Id, call.Cancel) is var (devices, isCurrent)
            ? Json(new
            {
                Link = LinkOf(link),
                Consent = ConsentOf(links.Consent(call.Home, link.Id)!),
                IsCurrent = isCurrent,
                Devices = devices.Select(one => new
                {
                    one.Device.Id,
                    one.Device.Name,
                    one.Device.Room,
                    one.Device.Type,
                    one.Device.IsCamera,
                    On = one.IsOn,
                    Traits = one.Traits.Select(trait => new { trait.Name, On = trait.IsOn }),
                }),
            })
            : NotFound();
    }

    private static object ConsentOf(ConsentRecord consent) => new
    {
        At = Utc(consent.At),
        consent.Wording,
        consent.Language,
        Cameras = consent.Cameras.Select(camera => new { camera.Device, camera.LiveVideo, camera.Sound, camera.Recordings }),
    };

    private static async Task<IResult> Cameras(Call call)
    {
        var (listed, pauses) = (await call.Of<ResidentDevices>().Of(call.Home, call.Cancel), call.Of<ResidentControls>().Pauses(call.Home));
        return Json(new
        {
            listed.IsCurrent,
            AllPaused = PauseOf(pauses.FirstOrDefault(pause => pause.Device is null)),
            Cameras = listed.Devices.Where(device => device.IsCamera).Select(device => new
            {
                device.Id,
                device.Name,
                device.Room,
                Paused = PauseOf(pauses.FirstOrDefault(pause => pause.Device == device.Id)),
            }),
        });
    }

    private static object? PauseOf(SharingPause? pause) => pause is null ? null : new { Since = Utc(pause.PausedAt), Until = Utc(pause.Until) };

    private static async Task<IResult> Pause(Call call, string? camera)
    {
        var wanted = await call.Read<PauseRequest>();
        var zone = PauseEnds.Zone(call.Of<ResidentProfiles>().Of(call.Home.Vendor, call.Home.Account)?.TimeZone);
        return await call.Of<ResidentControls>().Pause(call.Home, camera, wanted.Length, zone, call.Cancel) ? Results.NoContent() : await NotFoundOrAway(call, link: null, camera!);
    }

    /// <summary>What is not paused is shared already: that is no mistake, if it is a camera of this home.</summary>
    private static async Task<IResult> Resume(Call call, string? camera) =>
        call.Of<ResidentControls>().Resume(call.Home, camera) || camera is null
        || (await call.Of<ResidentDevices>().Of(call.Home, call.Cancel)).Find(camera) is { IsCamera: true } ? Results.NoContent() : await NotFoundOrAway(call, link: null, camera);

    private static IResult Views(Call call)
    {
        var query = call.Query;
        string? Some(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
        DateTimeOffset? from = null, to = null;
        if ((Some("from") is { } first && (from = Moment(first)) is null) || (Some("to") is { } last && (to = Moment(last)) is null))
        {
            return Problem(StatusCodes.Status400BadRequest, "'from' and 'to' are moments such as 2026-05-01T00:00:00Z.");
        }

        var (record, now, after) = (call.Of<ViewingRecord>(), call.Of<TimeProvider>().GetUtcNow(), Some("after"));
        if (record.Read(call.Home, new StreamViewFilter(Some("camera"), Some("platform"), from, to), after, ViewsMax + 1) is not { } found)
        {
            return NotFound();
        }

        object ViewOf(CameraView view) => new
        {
            view.Id,
            view.Camera,
            view.CameraName,
            view.Platform,
            view.PlatformName,
            view.Link,
            Start = Utc(view.Start),
            LengthSeconds = view.Length(now)?.TotalSeconds,
            EndedAt = Utc(view.EndedAt),
            view.End,
        };

        return Json(new
        {
            Live = after is null ? record.Live(call.Home).Select(ViewOf) : [],
            Views = found.Take(ViewsMax).Where(view => !view.IsLive).Select(ViewOf),
            Next = found.Count > ViewsMax ? found[ViewsMax - 1].Id : null,
        });
    }

    private static DateTimeOffset? Moment(string text) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static object NoticeOf(SuspensionNotice notice) => new
    {
        notice.Link,
        Since = Utc(notice.Since),
        StopsStreams = notice.Effects.HasFlag(SuspensionEffects.CutStreams),
        StopsCommands = notice.Effects.HasFlag(SuspensionEffects.DenyCommands),
        StopsState = notice.Effects.HasFlag(SuspensionEffects.DenyState),
        notice.Devices,
        notice.IsWhole,
        notice.NewKey,
    };

    private static IResult Sessions(Call call) => Json(new
    {
        Browsers = call.Of<ResidentSessions>().Of(call.Home.Vendor, call.Home.Account)
            .Select(one => new { one.Id, Name = one.Browser, BegunAt = Utc(one.BegunAt), LastUsedAt = Utc(one.LastUsedAt) }),
        Apps = call.Of<CompanionTokens>().Of(call.Home.Vendor, call.Home.Account)
            .Select(one => new { one.Id, Name = one.ClientName, BegunAt = Utc(one.Begun), LastUsedAt = Utc(one.LastUsed), IsCurrent = one.Id == call.Session.Id }),
    });

    private static IResult EndSession(Call call)
    {
        var (id, companions) = (call["id"], call.Of<CompanionTokens>());

        // Whose an app's session is, the list says: its id alone ends nothing.
        return call.Of<ResidentSessions>().End(call.Home.Vendor, call.Home.Account, id)
            || (companions.Of(call.Home.Vendor, call.Home.Account).Any(one => one.Id == id)
                && call.Of<Database>().Write(transaction => companions.End(transaction, id)))
            ? Results.NoContent() : NotFound();
    }

    private static object ReceiptOf(EndedLink link) => new
    {
        link.Id,
        link.Name,
        LinkedAt = Utc(link.LinkedAt),
        EndedAt = Utc(link.EndedAt),
        EndedBy = link.Receipt?.By,
        link.Receipt?.Devices,
        link.Receipt?.AccessTokens,
        link.Receipt?.RefreshTokens,
        link.Receipt?.Codes,
        link.Receipt?.Elsewhere.Streams,
        link.Receipt?.Elsewhere.Tickets,
        link.Receipt?.Elsewhere.Waiting,
        link.Receipt?.Elsewhere.TellsPlatform,
        ToldAt = Utc(link.ToldAt),
    };

    private static async Task<IResult> NewDevices(Call call) =>
        call.Of<ResidentNewDevices>().Of(call.Home, call["id"], await call.Of<ResidentDevices>().Of(call.Home, call.Cancel)) is { } news
            ? Json(new
            {
                Later = news.Answer,
                Waiting = news.Waiting.Select(device => new { device.Id, device.Name, device.Room, device.Type, device.IsCamera }),
            })
            : NotFound();

    private static async Task<IResult> Delete(Call call)
    {
        var isUnderstood = (await call.Read<DeletionRequest>()).Understood;

        // Asked last. Whoever finds an unlocked phone can't: RFC 9470 section 3 has the app send its resident to sign in.
        var now = call.Of<TimeProvider>().GetUtcNow();
        if (call.Of<CompanionTokens>().SignedInAt(call.Session.Id) is not { } at || now - at > ResidentData.FreshFor)
        {
            call.Response.Headers.WWWAuthenticate =
                $"Bearer realm=\"account\", error=\"insufficient_user_authentication\", error_description=\"The resident has to sign in again first\", max_age=\"{(int)ResidentData.FreshFor.TotalSeconds}\"";
            return Problem(
                StatusCodes.Status401Unauthorized,
                "The resident has to sign in again first: authorize anew with prompt=login, and call with those tokens within fifteen minutes.");
        }

        if (!isUnderstood)
        {
            return Problem(StatusCodes.Status400BadRequest, "Nothing was deleted: 'understood' has to be true.");
        }

        return call.Of<ResidentData>().Delete(call.Home) is { } receipt
            ? Json(new
            {
                receipt.Id,
                At = Utc(receipt.At),
                receipt.Links,
                receipt.Devices,
                receipt.Streams,
                receipt.Browsers,
                receipt.Apps,
                receipt.Views,
                receipt.Told,
            })
            : NotFound();
    }

    private static DateTime? Utc(DateTimeOffset? at) => at?.UtcDateTime;

    private static IResult Json<T>(T body) => Results.Json(body, Wire);

    /// <summary>The same for what never was and for what is somebody else's.</summary>
    private static IResult NotFound() => Problem(StatusCodes.Status404NotFound, "Nothing of this home has this id. Read the list again.");

    /// <summary>
    /// What a device came to nothing for. While the maker is away nobody knows whose a device is: then that is the answer for every
    /// id alike, of this home's and of others'.
    /// </summary>
    private static async Task<IResult> NotFoundOrAway(Call call, string? link, string device)
    {
        if (link is not null && call.Of<ResidentLinks>().Find(call.Home, link) is null)
        {
            return NotFound();
        }

        var devices = call.Of<ResidentDevices>();
        var listed = await devices.Of(call.Home, call.Cancel);
        if (listed.IsCurrent && (listed.Find(device) is null || await devices.Owns(call.Home, device, call.Cancel) is not null))
        {
            return NotFound();
        }

        call.Response.Headers.RetryAfter = ((int)RetryMakerAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Problem(StatusCodes.Status503ServiceUnavailable, "The devices' maker does not answer, so nothing was changed. Wait as long as Retry-After says.");
    }

    private static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);

    /// <summary>A call by a session that is let in.</summary>
    private sealed class Call(HttpContext context, CompanionSession session)
    {
        public CompanionSession Session => session;

        public HomeAccount Home { get; } = new(session.Vendor, session.Account);

        public HttpResponse Response => context.Response;

        public CancellationToken Cancel => context.RequestAborted;

        public IQueryCollection Query => context.Request.Query;

        public string this[string name] => (string)context.Request.RouteValues[name]!;

        public T Of<T>()
            where T : notnull => context.RequestServices.GetRequiredService<T>();

        public async Task<T> Read<T>()
            where T : class =>
            await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Wire, Cancel) ?? throw new JsonException("null is no object");
    }

    private sealed record SwitchRequest
    {
        public required bool On { get; init; }
    }

    private sealed record PauseRequest
    {
        public required PauseLength Length { get; init; }
    }

    private sealed record NewDevicesRequest
    {
        public required NewDevices Later { get; init; }
    }

    private sealed record DeletionRequest
    {
        public required bool Understood { get; init; }
    }

    /// <summary>All that is held of the resident, written while it is read.</summary>
    private sealed class DataFile(Call call) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            bool isWritten;
            try
            {
                isWritten = await call.Of<ResidentData>().Export(call.Home, httpContext.Response.Body, call.Cancel);
            }
            catch (OperationCanceledException) when (!call.Cancel.IsCancellationRequested)
            {
                // The reader is too slow: half a file must not look like a whole one.
                httpContext.Abort();
                return;
            }

            if (!isWritten)
            {
                FailureCounts.SetRetryAfter(httpContext, ResidentData.RetryExportAfter);
                await Problem(StatusCodes.Status503ServiceUnavailable, "Too many files are being written. Wait as long as Retry-After says.").ExecuteAsync(httpContext);
            }
        }
    }

    private sealed class BodyLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => BodyBytesMax;
    }
}
