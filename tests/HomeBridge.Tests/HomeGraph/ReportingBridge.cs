using System.Diagnostics;
using System.Security.Cryptography;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.AccountLinking.OAuth;
using HomeBridge.Devices;
using HomeBridge.HomeGraph;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HomeBridge.Tests.HomeGraph;

/// <summary>A home that is linked and announced: its agent user at the platform and its devices by name.</summary>
internal sealed record ReportingHome(AccountLink Link, IReadOnlyDictionary<string, Device> Devices)
{
    public string User => Link.AgentUserId;

    public Device this[string name] => Devices[name];
}

/// <summary>The whole bridge between a platform and a maker that are small servers; short waits, everything else as deployed.</summary>
internal sealed class ReportingBridge : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-graph-").FullName;
    private readonly Dictionary<string, string?> _keys;
    private WebApplication? _bridge;

    private ReportingBridge(StubPlatform platform, StubMaker maker, (string Key, string Value)[] more)
    {
        (Platform, Maker) = (platform, maker);
        using var ticketKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ports = SandboxProcess.FreePorts(2);
        var hash = Convert.ToHexStringLower(SHA256.HashData("secret"u8));
        _keys = new(StringComparer.Ordinal)
        {
            ["Bridge:PublicUrl"] = $"http://127.0.0.1:{ports[0]}",
            ["Bridge:ListenUrl"] = $"http://127.0.0.1:{ports[0]}",
            ["Ops:ListenUrl"] = $"http://127.0.0.1:{ports[1]}",
            ["Database:Path"] = Path.Combine(_folder, "bridge.db"),
            ["DeviceCloud:Vendor"] = "acme",
            ["DeviceCloud:Name"] = "Acme Home",
            ["DeviceCloud:BaseUrl"] = maker.Url,
            ["DeviceCloud:ApiKey"] = "key",
            ["DeviceCloud:EvidenceKeyId"] = "acme-1",
            ["DeviceCloud:EvidenceKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["SignIn:Issuer"] = maker.Url,
            ["SignIn:ClientId"] = "bridge",
            ["SignIn:ClientSecret"] = "secret",
            ["CameraStreams:GatewayUrl"] = "http://127.0.0.1:1",
            ["CameraStreams:TicketKey"] = ticketKey.ExportECPrivateKeyPem(),
            ["Gateways:Embedded"] = "false",
            ["Gateways:Enrolled:0:Name"] = "gateway-1",
            ["Gateways:Enrolled:0:KeyHash"] = hash,
            ["Suspensions:SnapshotKey"] = ticketKey.ExportECPrivateKeyPem(),
            ["AccountLinking:Clients:0:ClientId"] = "google-home",
            ["AccountLinking:Clients:0:Platform"] = "google",
            ["AccountLinking:Clients:0:Name"] = "Google",
            ["AccountLinking:Clients:0:SecretHashes:0"] = hash,
            ["AccountLinking:Clients:0:RedirectUris:0"] = "https://oauth-redirect.googleusercontent.com/r/project",
            ["Operators:Sandbox:0:Name"] = "operator",
            ["Operators:Sandbox:0:TokenHash"] = hash,
            ["Operators:Sandbox:0:Roles:0"] = "Operator",
            ["HomeGraph:ServiceAccountKey"] = platform.ServiceAccountKey,
            ["HomeGraph:BaseUrl"] = platform.Url,
            ["HomeGraph:CallTimeout"] = "00:00:02",
            ["HomeGraph:ReportInterval"] = "00:00:00.2",
            ["HomeGraph:RequestSyncDelay"] = "00:00:00.3",
            ["HomeGraph:FirstReportDelay"] = "00:00:00.3",
            ["HomeGraph:RetryDelay"] = "00:00:00.2",
        };
        _keys.Engine();
        foreach (var (key, value) in more)
        {
            _keys[key] = value;
        }
    }

    public StubPlatform Platform { get; }

    public StubMaker Maker { get; }

    public HomeGraphOutbox Outbox => Get<HomeGraphOutbox>();

    public Uri Ops => new(_keys["Ops:ListenUrl"]!);

    public static async Task<ReportingBridge> Start(params (string Key, string Value)[] more)
    {
        var bridge = new ReportingBridge(await StubPlatform.Start(), await StubMaker.Start(), more);
        await bridge.Run();
        return bridge;
    }

    /// <summary>Ends the process' part of it and begins anew on the same database.</summary>
    public async Task Run()
    {
        await End();
        _bridge = BridgeApplication.Build(
            new ConfigurationBuilder().AddInMemoryCollection(_keys).Build(), BridgeApplication.SandboxEnvironment, TimeProvider.System);
        await _bridge.StartAsync();
    }

    public async Task End()
    {
        if (_bridge is not null)
        {
            await _bridge.StopAsync();
            await _bridge.DisposeAsync();
            _bridge = null;
        }
    }

    public T Get<T>()
        where T : notnull => _bridge!.Services.GetRequiredService<T>();

    /// <summary>A home with lights of these names, linked, and announced by a SYNC that the platform knows of.</summary>
    public async Task<ReportingHome> Home(string account, params string[] names)
    {
        foreach (var name in names)
        {
            Maker.Devices.GetOrAdd(account, _ => new(StringComparer.Ordinal))[$"{account}-{name}"] = name;
        }

        var home = Link(account, names);
        Platform.Users[home.User] = [.. home.Devices.Values.Select(device => device.Id.Value)];
        await Sync(home);
        return home;
    }

    /// <summary>As consent and the redeemed code leave it.</summary>
    public ReportingHome Link(string account, params string[] names)
    {
        var described = names.Select(name => new DeviceDescription { VendorDeviceId = $"{account}-{name}", Type = "LIGHT", Name = name, Traits = ["OnOff", "Brightness", "ObjectDetection"] }).ToList();
        var identified = Get<DeviceRegister>().Identify("acme", described);
        var devices = Get<DeviceRegister>().Find([.. identified.Select(device => device.Id.Value)]);
        var client = Get<AccountLinkingOptions>().Clients["google-home"];
        var link = Get<Database>().Write(transaction =>
        {
            var link = Get<AccountLinks>().Consent(transaction, client, "acme", account, identified, ConsentGiven.ByBridge, 10)!;
            transaction.Connection!.Execute("UPDATE account_links SET linked_at = 1 WHERE id = @Value", link.Id, transaction);
            return link;
        });
        return new ReportingHome(link, devices.ToDictionary(device => device.Ref.VendorDeviceId[(account.Length + 1)..], StringComparer.Ordinal));
    }

    /// <summary>The platform asks for the devices.</summary>
    public async Task Sync(ReportingHome home)
    {
        var listed = Get<DeviceRegister>().Identify("acme", (await Get<DeviceCloud>().ListDevices(home.Link.Account, CancellationToken.None)).Devices);
        var bindings = Get<AccountLinks>().Bindings(home.Link.Id);
        Outbox.Synced(home.Link, [.. listed.Where(device => bindings.ContainsKey(device.Id.Value))]);
    }

    public void Report(Device device, bool online, params (string Name, object Value)[] states) =>
        Write(transaction => Outbox.Report(transaction, device, online, States(states)));

    public static JsonMap States(params (string Name, object Value)[] states)
    {
        var map = new JsonMap();
        foreach (var (name, value) in states)
        {
            map[name] = value is int number ? (long)number : value;
        }

        return map;
    }

    /// <summary>Together: none of them is sent before all wait.</summary>
    public void Notify(Device device, params string[] eventIds) => Write(transaction =>
    {
        foreach (var eventId in eventIds)
        {
            Outbox.Notify(transaction, device, eventId, new JsonMap { ["ObjectDetection"] = new JsonMap { ["priority"] = 0L } });
        }
    });

    public void RequestSync(string account) => Write(transaction => Outbox.RequestSync(transaction, "acme", account));

    public AgentUserStatus? Status(ReportingHome home) => Get<HomeGraphStatus>().All(1000).SingleOrDefault(user => user.AgentUserId == home.User);

    /// <summary>Waits until the first states of a home have arrived and nothing waits.</summary>
    public Task Settled(ReportingHome home) => Until(
        () => Status(home) is { StatesWaiting: 0, NotificationsWaiting: 0, NextAt: null, SucceededAt: not null },
        () => $"the home is settled: {Status(home)}, answered {string.Join(' ', Platform.Calls.Select(call => $"{call.Method} {call.Status}"))}");

    public static Task Until(Func<bool> isSo, string what) => Until(isSo, () => what);

    private static async Task Until(Func<bool> isSo, Func<string> what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "It never came about that " + what());
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await End();
        await Platform.DisposeAsync();
        await Maker.DisposeAsync();
        TestDatabase.LetGo();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What is written in one transaction waits together.</summary>
    public void Write(Action<System.Data.Common.DbTransaction> write)
    {
        Get<Database>().Write(transaction =>
        {
            write(transaction);
            return true;
        });
        Outbox.Wake();
    }
}
