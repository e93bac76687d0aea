using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming;

namespace HomeBridge.Devices;

/// <summary>
/// The maker's API over HTTP (<c>contracts/device-cloud.openapi.yaml</c>), with a check that an answer is the answer to this
/// very request: HTTP/1.1 matches replies by their order only, and a connection that lost its place hands one home's reply
/// to the next caller.
/// </summary>
internal sealed class HttpDeviceCloud : IDeviceCloud, IDisposable
{
    private const int DevicesMax = 10_000;

    /// <summary>An answer's bytes: ten thousand devices, generously described.</summary>
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    /// <summary>Of calls for an account, where the maker wants it.</summary>
    private const string ResidentTokenHeader = "Resident-Token";

    private readonly HttpClient _http;
    private readonly IResidentTokens? _residents;
    private readonly ILogger _log;

    public HttpDeviceCloud(DeviceCloudOptions options, IResidentTokens residents, ILogger<HttpDeviceCloud> log)
    {
        _log = log;
        _residents = options.SendResidentToken ? residents : null;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,

            // Our traces are no stranger's business.
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),

            // An answer that is not read to its end takes its connection with it.
            MaxResponseDrainSize = 0,
        })
        {
            BaseAddress = new Uri(options.BaseUrl + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        _http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };
    }

    public async ValueTask<DeviceListing> ListDevices(string account, TimeSpan patience, CancellationToken cancel)
    {
        var answer = await Exchange(HttpMethod.Get, $"v1/accounts/{Segment(account)}/devices", null, patience, cancel, account);
        return answer.Status is HttpStatusCode.NotFound ? DeviceListing.Empty : answer.Read(HttpStatusCode.OK, ReadListing);
    }

    public async ValueTask<IReadOnlyList<DeviceState?>> QueryStates(
        string account, IReadOnlyList<string> vendorDeviceIds, TimeSpan patience, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("deviceIds");
            writer.Any(vendorDeviceIds.ToList<object?>());
            writer.WriteEndObject();
        });
        var answer = await Exchange(HttpMethod.Post, $"v1/accounts/{Segment(account)}/states", body, patience, cancel, account);
        var states = new DeviceState?[vendorDeviceIds.Count];
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return states;
        }

        var places = new Dictionary<string, int>(vendorDeviceIds.Count, StringComparer.Ordinal);
        for (var place = 0; place < vendorDeviceIds.Count; place++)
        {
            places[vendorDeviceIds[place]] = place;
        }

        return answer.Read(HttpStatusCode.OK, json =>
        {
            foreach (var name in json.Members())
            {
                if (name != "devices")
                {
                    json.Skip();
                    continue;
                }

                foreach (var id in json.Members())
                {
                    // Whose states these are is not known, so none of them is anybody's.
                    if (!places.TryGetValue(id, out var place))
                    {
                        throw new JsonShapeException("The state of a device that was not asked for.");
                    }

                    states[place] = DeviceCloudReading.ReadState(json.Value() as JsonMap ?? []);
                }
            }

            return states;
        });
    }

    public async ValueTask<CommandOutcome> Execute(DeviceCommand command, TimeSpan patience, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("commandId", command.CommandId);
            writer.Member("command", command.Command);
            writer.WritePropertyName("params");
            writer.Any(command.Parameters);
            if (command.Challenge is { } challenge)
            {
                writer.WritePropertyName("challenge");
                writer.WriteStartObject();
                writer.Member("pin", challenge.Pin);
                if (challenge.Ack is { } ack)
                {
                    writer.Member("ack", ack);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
        var path = $"v1/accounts/{Segment(command.Account)}/devices/{Segment(command.VendorDeviceId)}/commands";
        var answer = await Exchange(HttpMethod.Post, path, body, patience, cancel, command.Account);
        return answer.Status is HttpStatusCode.NotFound
            ? new CommandOutcome.Refused("deviceNotFound")
            : answer.Read(HttpStatusCode.OK, DeviceCloudReading.ReadOutcome);
    }

    public async ValueTask<DeviceOwner?> Owner(string vendorDeviceId, TimeSpan patience, CancellationToken cancel)
    {
        var answer = await Exchange(HttpMethod.Get, $"v1/devices/{Segment(vendorDeviceId)}/owner", null, patience, cancel);
        return answer.Status is HttpStatusCode.NotFound ? null : answer.Read(HttpStatusCode.OK, DeviceCloudReading.ReadOwner);
    }

    public async ValueTask<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, StreamWish wanted, TimeSpan patience, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("accountId", account);
            writer.Member("sessionId", session);
            if (wanted.IsPeer)
            {
                writer.Member("protocol", StreamProtocols.WebRtc);
            }

            writer.Member("container", wanted.Container.Name());
            if (!wanted.Sound)
            {
                writer.Member("sound", false);
            }

            writer.WriteEndObject();
        });
        var answer = await Exchange(HttpMethod.Post, $"v1/devices/{Segment(vendorDeviceId)}/streams", body, patience, cancel);
        switch (answer.Status)
        {
            case HttpStatusCode.NotFound: return new StreamOpening.NotOwned();
            case HttpStatusCode.Conflict: return new StreamOpening.Offline();
        }

        var (streamId, mediaUrl, mediaToken, keyId, named, codecs) = answer.Read(HttpStatusCode.Created, DeviceCloudReading.ReadStream);
        return streamId is not null && mediaToken is not null && keyId is not null && Uri.TryCreate(mediaUrl, UriKind.Absolute, out var url)
            && MediaContainers.Parse(named ?? MediaContainers.Fmp4) is { } container
            ? new StreamOpening.Opened(streamId, url, mediaToken, keyId, container, StreamCodecs.Read(codecs))
            : throw new DeviceCloudUnavailableException(CallFate.Unreadable, "The opened stream lacks its id, address, token or key, or its container is not known.");
    }

    public async ValueTask CloseStream(string vendorDeviceId, string streamId, TimeSpan patience, CancellationToken cancel) =>
        await Exchange(HttpMethod.Delete, $"v1/devices/{Segment(vendorDeviceId)}/streams/{Segment(streamId)}", null, patience, cancel);

    public void Dispose() => _http.Dispose();

    /// <summary>A name as one segment of a path. Dots can't be escaped: these two would lead to another address of the maker's.</summary>
    private static string Segment(string name) => name is "." or ".."
        ? throw new DeviceCloudUnavailableException(CallFate.NeverSent, "An id of dots can't be asked for.")
        : Uri.EscapeDataString(name);

    private static DeviceListing ReadListing(JsonInput json)
    {
        var devices = new List<DeviceDescription>();
        var problems = new List<DeviceProblem>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in json.Members())
        {
            if (name != "devices")
            {
                json.Skip();
                continue;
            }

            foreach (var number in json.Items())
            {
                if (number >= DevicesMax)
                {
                    throw new JsonShapeException("More devices than one account may have.");
                }

                var map = json.Value() as JsonMap ?? [];
                var (device, problem) = DeviceCloudReading.ReadDevice(map);
                if (device is not null && ids.Add(device.VendorDeviceId))
                {
                    devices.Add(device);
                    continue;
                }

                var label = PlainText.Of(map.GetValueOrDefault("id") as string) ?? string.Create(CultureInfo.InvariantCulture, $"no. {number + 1} of the list");
                problems.Add(new DeviceProblem(label, PlainText.Of(map.GetValueOrDefault("type") as string) ?? "", problem ?? "stands twice in the list"));
            }
        }

        return new DeviceListing(devices, problems);
    }

    private async Task<DeviceCloudAnswer> Exchange(
        HttpMethod method, string path, ReadOnlyMemory<byte>? content, TimeSpan patience, CancellationToken attempt, string? account = null)
    {
        using var request = new HttpRequestMessage(method, path);
        var requestId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        request.Headers.Add("Request-Id", requestId);
        request.Headers.Add("Deadline-Ms", ((int)patience.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        if (account is not null && _residents is not null && await _residents.AccessToken(account, attempt) is { } token)
        {
            request.Headers.TryAddWithoutValidation(ResidentTokenHeader, token);
        }

        if (content is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, attempt);
        if ((int)response.StatusCode >= 500)
        {
            throw new HttpRequestException("server error", null, response.StatusCode);
        }

        if (!response.Headers.TryGetValues("Answer-To", out var answersTo) || string.Join(',', answersTo) != requestId)
        {
            _log.LogError("The device cloud's reply answers another request: it is thrown away with its connection");
            throw new DeviceCloudUnavailableException(CallFate.Unusable, "The device cloud's reply answers another request.");
        }

        var body = new ByteChunks();
        return await body.ReadToEnd(await response.Content.ReadAsStreamAsync(attempt), AnswerBytesMax, attempt)
            ? new DeviceCloudAnswer(response.StatusCode, body.ToSequence())
            : throw new DeviceCloudUnavailableException(CallFate.Unusable, "The device cloud's answer is too long.");
    }
}

/// <summary>A whole answer. What can't be read in it is the device cloud's failure, not ours.</summary>
internal sealed record DeviceCloudAnswer(HttpStatusCode Status, ReadOnlySequence<byte> Body)
{
    public T Read<T>(HttpStatusCode expected, Func<JsonInput, T> read)
    {
        if (Status != expected)
        {
            throw new DeviceCloudUnavailableException(CallFate.Unreadable, $"The device cloud answered {(int)Status}.");
        }

        try
        {
            var json = JsonInput.Open(Body);
            return read(json);
        }
        catch (Exception wrong) when (wrong is NotJsonException or JsonShapeException)
        {
            throw new DeviceCloudUnavailableException(CallFate.Unreadable, "The device cloud's answer can't be read.", wrong);
        }
    }
}
