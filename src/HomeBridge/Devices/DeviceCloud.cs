using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using HomeBridge.Hosting.StrangersJson;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace HomeBridge.Devices;

/// <summary>
/// The maker's API over HTTP (<c>contracts/device-cloud.openapi.yaml</c>). Nothing that it says is kept: every question
/// goes out anew. What isn't known in time is a <see cref="DeviceCloudUnavailableException"/>, never a guess.
/// </summary>
internal sealed class DeviceCloud : IDisposable
{
    /// <summary>An answer's bytes: ten thousand devices, generously described.</summary>
    private const int AnswerBytesMax = 8 * 1024 * 1024;

    private const int DevicesMax = 10_000;

    private readonly HttpClient _http;
    private readonly DeviceCloudOptions _options;
    private readonly ResiliencePipeline _reading;
    private readonly ResiliencePipeline _acting;

    public DeviceCloud(DeviceCloudOptions options, TimeProvider time)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        })
        {
            BaseAddress = new Uri(options.BaseUrl + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        _http.DefaultRequestHeaders.CacheControl = new CacheControlHeaderValue { NoCache = true, NoStore = true };

        // Reading again does no harm; acting again might. One retry, so that a maker in trouble isn't asked twice as
        // often for long.
        _acting = new ResiliencePipelineBuilder { TimeProvider = time }.AddTimeout(options.CallTimeout).Build();
        _reading = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<TimeoutRejectedException>(),
            })
            .AddTimeout(options.CallTimeout)
            .Build();
    }

    public string Vendor => _options.Vendor;

    /// <summary>All devices of an account, reachable or not; empty when there is no such account.</summary>
    public async Task<IReadOnlyList<DeviceDescription>> ListDevices(string account, CancellationToken cancel)
    {
        var answer = await Ask(_reading, HttpMethod.Get, $"v1/accounts/{Uri.EscapeDataString(account)}/devices", null, cancel);
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return [];
        }

        return answer.Read(HttpStatusCode.OK, json =>
        {
            var devices = new List<DeviceDescription>();
            foreach (var name in json.Members())
            {
                if (name != "devices")
                {
                    json.Skip();
                    continue;
                }

                foreach (var _ in json.Items())
                {
                    devices.Add(ReadDevice(json));
                    if (devices.Count > DevicesMax)
                    {
                        throw new JsonShapeException("More devices than one account may have.");
                    }
                }
            }

            return devices;
        });
    }

    /// <summary>States by the maker's device id. An id that the account does not own is not in the answer.</summary>
    public async Task<IReadOnlyDictionary<string, DeviceState>> QueryStates(
        string account, IReadOnlyCollection<string> vendorDeviceIds, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("deviceIds");
            writer.Any(vendorDeviceIds.ToList<object?>());
            writer.WriteEndObject();
        });
        var answer = await Ask(_reading, HttpMethod.Post, $"v1/accounts/{Uri.EscapeDataString(account)}/states", body, cancel);
        var states = new Dictionary<string, DeviceState>(StringComparer.Ordinal);
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return states;
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
                    states[id] = ReadState(json);
                }
            }

            return states;
        });
    }

    /// <summary>Sends one command, once. A call that times out may have acted: that is <see cref="CommandOutcome.Pending"/>.</summary>
    public async Task<CommandOutcome> Execute(
        string account, string vendorDeviceId, string command, JsonMap parameters, ChallengeAnswer? challenge, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("commandId", Guid.NewGuid().ToString("N"));
            writer.Member("command", command);
            writer.WritePropertyName("params");
            writer.Any(parameters);
            if (challenge is not null)
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
        var path = $"v1/accounts/{Uri.EscapeDataString(account)}/devices/{Uri.EscapeDataString(vendorDeviceId)}/commands";
        try
        {
            var answer = await Ask(_acting, HttpMethod.Post, path, body, cancel);
            return answer.Status is HttpStatusCode.NotFound
                ? new CommandOutcome.Refused("deviceNotFound")
                : answer.Read(HttpStatusCode.OK, ReadOutcome);
        }
        catch (DeviceCloudUnavailableException late) when (late.InnerException is TimeoutRejectedException)
        {
            return new CommandOutcome.Pending();
        }
    }

    /// <summary>Who owns a device right now; null when nobody does. Asked anew each time.</summary>
    public async Task<DeviceOwner?> Owner(string vendorDeviceId, CancellationToken cancel)
    {
        var answer = await Ask(_reading, HttpMethod.Get, $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/owner", null, cancel);
        if (answer.Status is HttpStatusCode.NotFound)
        {
            return null;
        }

        return answer.Read(HttpStatusCode.OK, ReadOwner);
    }

    /// <summary>Opens a camera's stream for one session.</summary>
    public async Task<StreamOpening> OpenStream(string vendorDeviceId, string account, string session, CancellationToken cancel)
    {
        var body = JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Member("accountId", account);
            writer.Member("sessionId", session);
            writer.WriteEndObject();
        });
        var answer = await Ask(_acting, HttpMethod.Post, $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/streams", body, cancel);
        switch (answer.Status)
        {
            case HttpStatusCode.NotFound: return new StreamOpening.NotOwned();
            case HttpStatusCode.Conflict: return new StreamOpening.Offline();
        }

        var (streamId, mediaUrl, mediaToken, keyId) = answer.Read(HttpStatusCode.Created, ReadStream);
        if (streamId is null || mediaToken is null || keyId != _options.EvidenceKeyId
            || !Uri.TryCreate(mediaUrl, UriKind.Absolute, out var url) || !url.AbsolutePath.EndsWith('/')
            || !_options.MediaOrigins.Contains(url.GetLeftPart(UriPartial.Authority), StringComparer.OrdinalIgnoreCase))
        {
            throw new DeviceCloudUnavailableException("The opened stream is not usable: its origin or evidence key is not one that was agreed.");
        }

        return new StreamOpening.Opened(streamId, url, mediaToken, keyId);
    }

    /// <summary>Closes a stream. Best effort: an unwatched stream closes itself at the maker.</summary>
    public async Task CloseStream(string vendorDeviceId, string streamId, CancellationToken cancel)
    {
        try
        {
            var path = $"v1/devices/{Uri.EscapeDataString(vendorDeviceId)}/streams/{Uri.EscapeDataString(streamId)}";
            var answer = await Ask(_reading, HttpMethod.Delete, path, null, cancel);
        }
        catch (DeviceCloudUnavailableException)
        {
            // The maker ends it when nobody fetches any more.
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Answer> Ask(
        ResiliencePipeline pipeline, HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancel)
    {
        var deadline = _options.CallTimeout;
        try
        {
            return await pipeline.ExecuteAsync(
                async attempt =>
                {
                    using var request = new HttpRequestMessage(method, path);
                    request.Headers.Add("Deadline-Ms", ((int)deadline.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
                    if (body is { } bytes)
                    {
                        request.Content = new ReadOnlyMemoryContent(bytes);
                        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    }

                    using var response = await _http.SendAsync(request, attempt);
                    if ((int)response.StatusCode >= 500)
                    {
                        throw new HttpRequestException("server error", null, response.StatusCode);
                    }

                    return new Answer(response.StatusCode, await response.Content.ReadAsByteArrayAsync(attempt));
                },
                cancel);
        }
        catch (Exception failed) when (failed is HttpRequestException or TimeoutRejectedException or IOException
            || (failed is OperationCanceledException && cancel.IsCancellationRequested))
        {
            throw new DeviceCloudUnavailableException($"The device cloud did not answer ({failed.GetType().Name}).", failed);
        }
    }

    private static DeviceDescription ReadDevice(JsonInput json)
    {
        string? id = null, type = null, title = null, room = null, model = null, firmware = null, hardware = null;
        List<string> traits = [];
        JsonMap attributes = [];
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "id": id = json.Text(); break;
                case "type": type = json.Text(); break;
                case "name": title = json.Text(); break;
                case "room": room = json.OptionalText(); break;
                case "model": model = json.OptionalText(); break;
                case "firmware": firmware = json.OptionalText(); break;
                case "hardware": hardware = json.OptionalText(); break;
                case "traits": traits = json.Texts(); break;
                case "attributes": attributes = json.Map(); break;
                default: json.Skip(); break;
            }
        }

        if (id is null || type is null || title is null)
        {
            throw new JsonShapeException("A device without id, type or name.");
        }

        return new DeviceDescription
        {
            VendorDeviceId = id,
            Type = type,
            Name = title,
            Room = room,
            Model = model,
            Firmware = firmware,
            Hardware = hardware,
            Traits = [.. traits],
            Attributes = attributes,
        };
    }

    private static DeviceOwner ReadOwner(JsonInput json)
    {
        string? account = null;
        var online = false;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "accountId": account = json.Text(); break;
                case "online": online = json.Flag(); break;
                default: json.Skip(); break;
            }
        }

        return new DeviceOwner(account ?? throw new JsonShapeException("No owner."), online);
    }

    private static (string? StreamId, string? MediaUrl, string? MediaToken, string? KeyId) ReadStream(JsonInput json)
    {
        string? streamId = null, mediaUrl = null, mediaToken = null, keyId = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "streamId": streamId = json.Text(); break;
                case "mediaUrl": mediaUrl = json.Text(); break;
                case "mediaToken": mediaToken = json.Text(); break;
                case "evidenceKeyId": keyId = json.Text(); break;
                default: json.Skip(); break;
            }
        }

        return (streamId, mediaUrl, mediaToken, keyId);
    }

    private static DeviceState ReadState(JsonInput json)
    {
        var online = false;
        JsonMap states = [];
        string? error = null;
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "online": online = json.Flag(); break;
                case "states": states = json.Map(); break;
                case "error": error = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return new DeviceState(online, states, error);
    }

    private static CommandOutcome ReadOutcome(JsonInput json)
    {
        string? outcome = null, error = null, challenge = null;
        var online = true;
        JsonMap states = [];
        foreach (var name in json.Members())
        {
            switch (name)
            {
                case "outcome": outcome = json.Text(); break;
                case "online": online = json.Flag(); break;
                case "states": states = json.Map(); break;
                case "error": error = json.OptionalText(); break;
                case "challenge": challenge = json.OptionalText(); break;
                default: json.Skip(); break;
            }
        }

        return outcome switch
        {
            "success" => new CommandOutcome.Succeeded(online, states),
            "pending" => new CommandOutcome.Pending(),
            "error" => new CommandOutcome.Refused(error ?? "transientError"),
            "challenge" => new CommandOutcome.Challenged(challenge ?? "pinNeeded"),
            _ => throw new JsonShapeException("An outcome that was not agreed."),
        };
    }

    /// <summary>A whole answer. What can't be read in it is the device cloud's failure, not ours.</summary>
    private sealed record Answer(HttpStatusCode Status, byte[] Body)
    {
        public T Read<T>(HttpStatusCode expected, Func<JsonInput, T> read)
        {
            if (Status != expected)
            {
                throw new DeviceCloudUnavailableException($"The device cloud answered {(int)Status}.");
            }

            try
            {
                using var json = JsonInput.Open(Body, Body.Length);
                return read(json);
            }
            catch (Exception wrong) when (wrong is NotJsonException or JsonShapeException)
            {
                throw new DeviceCloudUnavailableException("The device cloud's answer can't be read.", wrong);
            }
        }
    }
}
