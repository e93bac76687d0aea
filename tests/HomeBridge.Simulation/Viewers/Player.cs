using System.Globalization;
using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Clock;
using HomeBridge.StreamGateway.Media;

namespace HomeBridge.Simulation.Viewers;

/// <summary>One player on one session: entry, playlist every two seconds, each new unit once.</summary>
internal sealed class Player(World world, SimViewer viewer, SimGrant grant, string ticket)
{
    private const int RefusalsMax = 4;

    /// <summary>Some half a minute.</summary>
    private const int StayingRefusalsMax = 40;

    private readonly bool _slow = world.Rolls(FaultKind.Slow);
    private readonly bool _eager = world.Dice.Hit(world.Schedule.FetchTwice) || world.Rolls(FaultKind.Eager);
    private readonly bool _stays = world.Rolls(FaultKind.StayAfterCut);
    private string _session = "";
    private string _playlist = "";
    private string? _init;
    private long _next = -1;

    private Clockwork Clock => world.Clock;

    private Dice Dice => world.Dice;

    public async Task Play(TimeSpan leaves)
    {
        var entry = await viewer.Enter(grant, ticket, mustBeRefused: null);
        for (var retry = 0; entry is null && retry < 2 && Clock.Elapsed < leaves; retry++)
        {
            await Clock.Wait(Dice.Seconds(0.5, 1.5));
            entry = await viewer.Enter(grant, ticket, mustBeRefused: null);
        }

        if (entry is null)
        {
            return;
        }

        var path = entry.Split("/s/")[^1].Trim();
        (_session, _playlist) = (path.Split('/')[0], path.Split('/')[1]);
        var refusals = 0;
        while (Clock.Elapsed < leaves && refusals < (_stays ? StayingRefusalsMax : RefusalsMax))
        {
            world.Counts.Polls++;
            var text = await Poll();
            if (text is null)
            {
                refusals++;
                await Clock.Wait(Dice.Seconds(0.4, 1));
                continue;
            }

            world.Counts.PollsAnswered++;
            refusals = 0;
            await Follow(text);
            await Clock.Wait(Dice.Seconds(1.5, 2));
        }

        if (_stays)
        {
            // Somebody left the tab open: what ended must not come back.
            await Clock.Wait(Dice.Seconds(1, 10));
            await Poll();
        }
    }

    private async Task<string?> Poll()
    {
        var request = new SimRequest(world, grant, Asking.Playlist, 0);
        Task hangUp = world.Rolls(FaultKind.HangUp) ? HangUp(request) : Task.CompletedTask;
        await Send(request, _session, _playlist);
        await hangUp;
        return request.Completed ? request.Body : null;
    }

    /// <summary>Reads a playlist and fetches what is new.</summary>
    private async Task Follow(string text)
    {
        long sequence = 0;
        List<(long Sequence, string File)> units = [];
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("#EXT-X-MEDIA-SEQUENCE:", StringComparison.Ordinal))
            {
                sequence = long.Parse(line["#EXT-X-MEDIA-SEQUENCE:".Length..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("#EXT-X-MAP:URI=\"", StringComparison.Ordinal))
            {
                var init = line["#EXT-X-MAP:URI=\"".Length..^1];
                if (_init is null)
                {
                    _init = init;
                    await Fetch(Asking.Init, 0, init);
                }
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                units.Add((sequence++, line));
            }
        }

        foreach (var (number, file) in units)
        {
            if (number >= _next)
            {
                _next = number + 1;
                await Fetch(Asking.Segment, number, file);
                if (_eager)
                {
                    await Fetch(Asking.Segment, number, file);
                }
            }
        }

        if (units.Count > 0)
        {
            await Attack(units[^1].Sequence, units[^1].File);
        }
    }

    private async Task Fetch(Asking what, long sequence, string file)
    {
        var request = new SimRequest(world, grant, what, sequence) { Slow = _slow };
        world.Counts.UnitsAsked++;
        Task hangUp = world.Rolls(FaultKind.HangUp) ? HangUp(request) : Task.CompletedTask;
        await Send(request, _session, file);
        await hangUp;
        if (request.Completed)
        {
            world.Counts.UnitsReleased++;
        }
    }

    private async Task Attack(long sequence, string file)
    {
        if (world.Rolls(FaultKind.OverFetch))
        {
            for (var fetch = 0; fetch < 6; fetch++)
            {
                await Send(new SimRequest(world, grant, Asking.Segment, sequence), _session, file);
            }

            world.Counts.AttacksRefused++;
        }

        if (world.Rolls(FaultKind.WrongPurpose))
        {
            var (segment, init, playlist) = (Name(file), Name(_init!), Name(_playlist));
            await Refused(Asking.Playlist, segment + MediaUrls.PlaylistSuffix, "a unit's token for the playlist");
            await Refused(Asking.Playlist, init + MediaUrls.PlaylistSuffix, "the init unit's token for the playlist");
            await Refused(Asking.Init, segment + MediaUrls.InitSuffix, "a unit's token for the init unit");
            await Refused(Asking.Segment, init + MediaUrls.SegmentSuffix, "the init unit's token for a unit");
            await Refused(Asking.Init, playlist + MediaUrls.InitSuffix, "the playlist's token for the init unit");
        }

        if (world.Rolls(FaultKind.GuessToken))
        {
            var others = world.Bridge.Grants.Where(other => other.Seen.Session is not null && other != grant && other.Seen.Cut is null).ToList();
            if (others.Count > 0)
            {
                var other = Dice.Pick(others);
                foreach (var mine in (string[])[file, _init!, _playlist])
                {
                    var what = mine == file ? Asking.Segment : mine == _init ? Asking.Init : Asking.Playlist;
                    var request = new SimRequest(world, other, what, sequence) { MustBeRefused = "another session's token" };
                    await Send(request, other.Seen.Session!, mine);
                    world.Counts.AttacksRefused++;
                }

                var bent = file.ToCharArray();
                bent[Dice.Below(Name(file).Length)] ^= (char)1;
                await Refused(Asking.Segment, new string(bent), "a token with a changed letter");
            }
        }

        if (world.Rolls(FaultKind.LateUnit))
        {
            // Meanwhile the player goes on: the window moves.
            _ = Late(sequence, file);
        }
    }

    private async Task Late(long sequence, string file)
    {
        await Clock.Wait(SimViewer.LateFrom + Dice.Seconds(0, 4));
        await Send(new SimRequest(world, grant, Asking.Segment, sequence) { MustBeRefused = "a unit's token after its time" }, _session, file);
        world.Counts.AttacksRefused++;
    }

    private async Task Refused(Asking what, string file, string why)
    {
        await Send(new SimRequest(world, grant, what, 0) { MustBeRefused = why }, _session, file);
        world.Counts.AttacksRefused++;
    }

    private Task Send(SimRequest request, string session, string file) =>
        world.Get(request, gone => world.Gateway.Serve(session, file, request, gone));

    private async Task HangUp(SimRequest request)
    {
        await Clock.Wait(Dice.Seconds(0, 0.15));
        if (!request.IsClosed && (request.Status == 0 || request.Slow))
        {
            request.Cut();
        }
    }

    private static string Name(string file) => file[..file.LastIndexOf('.')];
}
