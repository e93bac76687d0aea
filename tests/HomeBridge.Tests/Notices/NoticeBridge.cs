using HomeBridge.Hosting;
using HomeBridge.Notices;
using HomeBridge.Tests.Devices;
using HomeBridge.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HomeBridge.Tests.Notices;

/// <summary>The whole bridge with its clock, a receiver of notices and a mail server; it can be started again on its data.</summary>
internal sealed class NoticeBridge : IAsyncDisposable
{
    public static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];

    private readonly string _folder = Directory.CreateTempSubdirectory("homebridge-notices-").FullName;
    private readonly int[] _ports = SandboxProcess.FreePorts(3);
    private WebApplication? _app;

    public SetClock Clock { get; } = new();

    public NoticeReceiver Receiver { get; private set; } = null!;

    public MailServer Mail { get; } = new();

    public static async Task<NoticeBridge> Start(params (string Key, string Value)[] more)
    {
        var bridge = new NoticeBridge { Receiver = await NoticeReceiver.Start(SandboxProcess.FreePorts(1)[0]) };
        await bridge.Begin(more);
        return bridge;
    }

    public T Get<T>()
        where T : notnull => _app!.Services.GetRequiredService<T>();

    public async Task Begin(params (string Key, string Value)[] more)
    {
        var keys = BridgeOnMaker.Keys("http://127.0.0.1:9", [9, .. _ports], _folder);
        keys["Notices:WebhookUrl"] = Receiver.Url;
        keys["Notices:WebhookKey"] = Convert.ToBase64String(Key);
        keys["Notices:SmtpHost"] = "127.0.0.1";
        keys["Notices:SmtpPort"] = $"{Mail.Port}";
        keys["Notices:SmtpStartTls"] = "false";
        keys["Notices:From"] = "Acme Home <notices@maker.example>";
        // A busy machine is not a receiver that hangs.
        keys["Notices:Timeout"] = "00:01:00";
        keys["Notices:RetryDelay"] = "00:00:00.1";
        foreach (var (key, value) in more)
        {
            keys[key] = value;
        }

        _app = BridgeApplication.Build(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), BridgeApplication.SandboxEnvironment, Clock);
        await _app.StartAsync();
    }

    public async Task Stop()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
        TestDatabase.LetGo();
    }

    /// <summary>Tells in a transaction of its own.</summary>
    public bool Tell(Notice notice) => Get<Database>().Write(transaction => Get<ResidentNotices>().Tell(transaction, notice));

    /// <summary>A resident whom the maker's identity provider described.</summary>
    public void Knows(string account, string? email = null, string? locale = null, string? zone = null) => Get<Database>().Write(transaction =>
    {
        Get<HomeBridge.AccountLinking.SignIn.ResidentProfiles>().Keep(transaction, "acme", account, new("Somebody", email, zone, locale));
        return true;
    });

    /// <summary>Deliveries that wait.</summary>
    public long Waiting()
    {
        using var connection = Get<Database>().Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM notice_deliveries";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Until it is so; the clock goes on meanwhile, a step for each look.</summary>
    public async Task Until(Func<bool> so, TimeSpan step = default)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!so())
        {
            Clock.Advance(step);
            await Task.Delay(20, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await Stop();
        }

        await Receiver.DisposeAsync();
        await Mail.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
