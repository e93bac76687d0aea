using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.StreamGateway.WebRtc;
using HomeBridge.StreamGateway.WebRtc.Relay;
using HomeBridge.StreamGateway.WebRtc.Sdp;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Tests.WebRtc;

/// <summary>A cut at every step from the ticket to the picture, and makers that will not hear of it.</summary>
public sealed class PeerCutTests
{
    private static readonly SuspensionScope Cameras = new(Vendor: "acme", Trait: "CameraStream");

    [Theory]
    [InlineData("while the grant is redeemed", 0)]
    [InlineData("while the camera is asked", 0)]
    [InlineData("while the camera is asked, which does not hear of it", 1)]
    [InlineData("while the bridge compares", 1)]
    [InlineData("while the bridge compares, which does not hear of it", 1)]
    public async Task A_suspension_at_any_step_gives_the_display_no_SDP_and_frees_the_ports(string step, int tornDown)
    {
        await using var world = new PeerWorld();
        var shown = new PeerCandidate(IPAddress.Loopback, 0, "", 0);
        world.Answering = (asked, made) =>
        {
            Assert.True(SdpReader.TryReadOffer(asked.Offer, out var offer));
            shown = Assert.Single(offer.Candidates);
            return made.Send();
        };
        Task Cut(CancellationToken cancel)
        {
            world.Suspend(Cameras);
            cancel.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        }

        switch (step)
        {
            case "while the grant is redeemed":
                world.WhileRedeeming = () => Cut(CancellationToken.None);
                break;
            case "while the camera is asked":
                world.WhileAsking = Cut;
                break;
            case "while the camera is asked, which does not hear of it":
                world.WhileAsking = _ => Cut(CancellationToken.None);
                break;
            case "while the bridge compares":
                world.WhileNoting = Cut;
                break;
            default:
                world.WhileNoting = _ => Cut(CancellationToken.None);
                break;
        }

        Assert.Equal(SignalAnswer.Suspended, await world.Offer(camera: 1));
        Assert.Equal(tornDown, world.TornDown.Count);
        Assert.True(shown.Port == 0 || IsFree(shown.Port), "The relay's port is given back.");
        world.Records();
        await PeerWorld.Until(() => world.Ends.Any(ended => ended.Why == nameof(EndReason.Suspended)), "The bridge is told.");
        Assert.DoesNotContain(world.Of<SessionTable>().All, session => session.EndedBecause is null);
    }

    [Fact]
    public async Task Between_the_answer_and_the_first_packet_a_cut_leaves_nothing_to_send_to()
    {
        await using var world = new PeerWorld();
        var port = Port(await world.Offer(camera: 1));

        world.Suspend(Cameras);

        Assert.True(IsFree(port));
        await PeerWorld.Until(() => !world.TornDown.IsEmpty, "The maker is asked to end it.");
    }

    [Fact]
    public async Task A_maker_that_never_ends_anything_holds_up_nothing()
    {
        await using var world = new PeerWorld();
        var hanging = new TaskCompletionSource();
        world.WhileEnding = _ => hanging.Task;
        var ports = new List<int>();
        for (var camera = 1; camera <= 20; camera++)
        {
            ports.Add(Port(await world.Offer(camera)));
        }

        world.Suspend(Cameras);
        Assert.All(ports, port => Assert.True(IsFree(port)));
        Assert.Equal(SignalAnswer.Suspended, await world.Offer(camera: 1));

        world.Suspend();
        Assert.Equal(200, (await world.Offer(camera: 1)).Status);
        hanging.SetResult();
    }

    [Fact]
    public async Task A_display_that_hangs_up_while_it_waits_leaves_nothing_behind()
    {
        await using var world = new PeerWorld();
        using var gone = new CancellationTokenSource();
        var port = 0;
        world.Answering = (asked, _) =>
        {
            Assert.True(SdpReader.TryReadOffer(asked.Offer, out var offer));
            port = Assert.Single(offer.Candidates).Port;
            return null;
        };
        world.WhileAsking = async cancel =>
        {
            await gone.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancel);
        };
        var (ticket, token, _) = world.NewTicket(1);
        var body = JsonSerializer.Serialize(new { action = "offer", deviceId = "dev_1", sdp = Descriptions.Offer() });

        Assert.NotEqual(200, (await world.PostBody(ticket, [token], body, gone.Token)).Status);
        Assert.True(IsFree(port));
        Assert.Equal(SignalAnswer.NotFound, await world.PostBody(ticket, [token], body));
    }

    [Fact]
    public async Task An_end_while_the_camera_is_asked_ends_it()
    {
        await using var world = new PeerWorld();
        var (ticket, token, _) = world.NewTicket(1);
        world.WhileAsking = async cancel =>
        {
            Assert.Equal(SignalAnswer.Done, await world.Post(ticket, token, "end", "dev_1", null));
            cancel.ThrowIfCancellationRequested();
        };

        Assert.Equal(SignalAnswer.NotFound, await world.Post(ticket, token, "offer", "dev_1", Descriptions.Offer()));
        Assert.All(world.Of<SessionTable>().All, session => Assert.Equal(EndReason.Closed, session.EndedBecause));
    }

    [Fact]
    public async Task What_talks_on_one_side_only_ends_and_so_does_what_only_checks()
    {
        await using var world = new PeerWorld(change: options => options with { LiveWithin = TimeSpan.FromSeconds(1) });
        var cameraPort = 0;
        world.Answering = (asked, made) =>
        {
            Assert.True(SdpReader.TryReadOffer(asked.Offer, out var offer));
            cameraPort = Assert.Single(offer.Candidates).Port;
            return made.Send();
        };
        var displayPort = Port(await world.Offer(camera: 1));
        using var display = new SyntheticPeer(
            new PeerCredentials(Descriptions.DisplayUfrag, Descriptions.DisplayPassword), new PeerCredentials(Descriptions.CameraUfrag, Descriptions.CameraPassword),
            isControlling: true, displayPort);
        for (var looked = 0; looked < 800 && !IsFree(displayPort); looked++)
        {
            display.SendCheck();
            display.SendMedia(1000);
            await Task.Delay(25);
        }

        Assert.True(IsFree(displayPort) && IsFree(cameraPort), "A display that keeps talking to nobody keeps no port.");
    }

    [Fact]
    public async Task One_link_can_not_take_all_ports()
    {
        await using var world = new PeerWorld(change: options => options with { SessionsPerLinkMax = 3 }) { OneLink = "lnk_greedy" };
        for (var camera = 1; camera <= 3; camera++)
        {
            Assert.Equal(200, (await world.Offer(camera)).Status);
        }

        Assert.Equal(SignalAnswer.Unavailable, await world.Offer(camera: 4));
        world.OneLink = "lnk_other";
        Assert.Equal(200, (await world.Offer(camera: 5)).Status);

        world.Revoke("lnk_greedy");
        world.OneLink = "lnk_greedy";
        Assert.Equal(200, (await world.Offer(camera: 6)).Status);
    }

    private static int Port(SignalAnswer answer)
    {
        Assert.Equal(200, answer.Status);
        Assert.True(SdpReader.TryReadAnswer(JsonDocument.Parse(answer.Text).RootElement.GetProperty("sdp").GetString(), out var description));
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
}
