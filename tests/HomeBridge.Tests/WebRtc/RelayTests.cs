using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming.Suspensions;
using Xunit.Abstractions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>The blind relay between two peers that check each other: what goes through, what doesn't, and how it ends.</summary>
public sealed class RelayTests(ITestOutputHelper output)
{
    private const int Sessions = 50;
    private const int Cuts = 100;

    private static readonly PeerCredentials Display = new(Descriptions.DisplayUfrag, Descriptions.DisplayPassword);
    private static readonly PeerCredentials Camera = new(Descriptions.CameraUfrag, Descriptions.CameraPassword);

    [Fact]
    public async Task Packets_go_through_as_they_are_between_confirmed_addresses_only()
    {
        using var relay = NewRelay();
        _ = relay.Run();
        using var display = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort);
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, relay.CameraPort);
        using var stranger = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort);
        camera.SendMedia(100);
        await Connect(display, camera);

        stranger.SendMedia(200);
        stranger.SendCheck(password: "wrong0password0000000001");
        stranger.SendCheck(userName: "other:name");
        display.SendMedia(1501);
        camera.SendMedia(1200);
        await PeerWorld.Until(() => display.Packets == 1, "The camera's packet arrives.");

        Assert.Equal(0, camera.Packets);
        Assert.True(relay.Dropped >= 4, $"{relay.Dropped} dropped");
        Assert.Equal(1, relay.PacketsToDisplay);
        Assert.True(relay.BytesToDisplay >= 1200);
    }

    [Fact]
    public async Task Who_only_writes_another_address_into_packets_gets_it_no_media()
    {
        using var relay = NewRelay();
        _ = relay.Run();
        using var victim = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort) { IsMute = true };
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, relay.CameraPort);
        for (var times = 0; times < 10; times++)
        {
            victim.SendCheck();
            camera.SendCheck();
            camera.SendMedia(1200);
            await Task.Delay(20);
        }

        Assert.Equal(0, victim.Packets);
        Assert.Equal(0, relay.BytesToDisplay);
    }

    [Fact]
    public async Task A_rate_is_kept_to()
    {
        using var relay = NewRelay(RelayLimits.Default with { PacketsPerSecondMax = 50 });
        _ = relay.Run();
        using var display = new SyntheticPeer(Display, Camera, isControlling: true, relay.DisplayPort);
        using var camera = new SyntheticPeer(Camera, Display, isControlling: false, relay.CameraPort);
        await Connect(display, camera);
        for (var packet = 0; packet < 500; packet++)
        {
            camera.SendMedia(100);
        }

        // The kernel may have lost some of them before.
        await PeerWorld.Until(() => relay.Dropped > 100, "Most of them go nowhere.");
        Assert.InRange(display.Packets, 1, 200);
    }

    [Fact]
    public async Task What_ends_a_session_closes_both_ports_and_asks_the_maker()
    {
        await using var world = new PeerWorld();
        var (ticket, token, grant) = world.NewTicket(1);
        var answer = await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer());
        var ports = Ports(answer.Text);
        Assert.False(IsFree(ports));

        world.Revoke(PeerWorld.Link(grant));
        Assert.True(IsFree(ports));
        world.Records();
        await PeerWorld.Until(() => !world.TornDown.IsEmpty && world.Ends.Any(ended => ended is { Why: "Revoked" }), "Maker and bridge are told.");
    }

    [Fact]
    public async Task What_never_gets_going_and_what_falls_silent_ends_by_itself()
    {
        await using var world = new PeerWorld(change: options => options with { LiveWithin = TimeSpan.FromMilliseconds(300) });
        var answer = await world.Offer(camera: 1);
        var ports = Ports(answer.Text);

        await PeerWorld.Until(() => IsFree(ports), "The port is given back.");
        world.Records();
        await PeerWorld.Until(() => world.Ends.Any(ended => ended.Why == "Idle"), "The bridge is told.");
    }

    [Fact]
    public async Task A_hundred_cuts_among_fifty_sessions()
    {
        await using var world = new PeerWorld();
        var cameraPort = 0;
        world.Answering = (asked, made) =>
        {
            Assert.True(SdpReader.TryReadOffer(asked.Offer, out var shown));
            cameraPort = Assert.Single(shown.Candidates).Port;
            return made.Send();
        };
        var running = new List<Watched>();
        for (var number = 0; number < Sessions; number++)
        {
            running.Add(await Watch(world, number, () => cameraPort));
        }

        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                foreach (var one in running.ToArray())
                {
                    one.Camera.SendMedia(1100);
                }

                await Task.Delay(10);
            }
        });
        var lasts = new List<double>();
        var wrong = 0;
        for (var cut = 0; cut < Cuts; cut++)
        {
            var victim = running[cut % Sessions];
            await PeerWorld.Until(() => victim.Display.Packets > 3, "Media flow before the cut.");
            var at = TimeProvider.System.GetTimestamp();
            world.Suspend(new SuspensionScope(AccountLink: PeerWorld.Link(victim.Grant), Trait: "CameraStream"));
            await Task.Delay(50);
            var count = victim.Display.Packets;
            var last = Math.Max(0, TimeProvider.System.GetElapsedTime(at, victim.Display.LastMedia).TotalMilliseconds);
            await Task.Delay(50);
            wrong += victim.Display.Packets == count ? 0 : 1;
            lasts.Add(last);
            victim.Dispose();
            running[cut % Sessions] = await Watch(world, cut, () => cameraPort);
            world.Records();
        }

        await stop.CancelAsync();
        await sending;
        lasts.Sort();
        output.WriteLine($"{Cuts} cuts among {Sessions} sessions: last packet at the display p50 {lasts[Cuts / 2]:0.00} ms, p99 {lasts[(Cuts * 99 / 100) - 1]:0.00} ms, max {lasts[^1]:0.00} ms after the suspension was told");
        Assert.Equal(0, wrong);
        Assert.Equal(Sessions, world.Of<SessionTable>().All.Count(session => session.EndedBecause is null));
        running.ForEach(one => one.Dispose());
    }

    private static async Task<Watched> Watch(PeerWorld world, int number, Func<int> cameraPort)
    {
        var (ticket, token, grant) = world.NewTicket(number);
        var answer = await world.Post(ticket, token, "offer", PeerWorld.DeviceId(number), Descriptions.Offer());
        Assert.Equal(200, answer.Status);
        var watched = new Watched(
            grant, new SyntheticPeer(Display, Camera, isControlling: true, Ports(answer.Text)), new SyntheticPeer(Camera, Display, isControlling: false, cameraPort()));
        await Connect(watched.Display, watched.Camera);
        return watched;
    }

    private static Task Connect(SyntheticPeer display, SyntheticPeer camera)
    {
        var within = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return Task.WhenAll(display.Connect(within.Token), camera.Connect(within.Token));
    }

    private static int Ports(string answer)
    {
        Assert.True(SdpReader.TryReadAnswer(JsonDocument.Parse(answer).RootElement.GetProperty("sdp").GetString(), out var description));
        return Assert.Single(description.Candidates).Port;
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static PeerRelay NewRelay(RelayLimits? limits = null)
    {
        var ports = new RelayPorts(new RelayAddress(IPAddress.Loopback, IPAddress.Loopback, 0, 0));
        var frequency = TimeProvider.System.TimestampFrequency;
        return new PeerRelay(
            new RelaySide(ports.Take()!, Display, Camera, isControlling: true, limits ?? RelayLimits.Default, frequency),
            new RelaySide(ports.Take()!, Camera, Display, isControlling: false, limits ?? RelayLimits.Default, frequency),
            static () => true, TimeProvider.System);
    }

    private sealed record Watched(string Grant, SyntheticPeer Display, SyntheticPeer Camera) : IDisposable
    {
        public void Dispose()
        {
            Display.Dispose();
            Camera.Dispose();
        }
    }
}
