using HomeBridge.Simulation.Authority;
using HomeBridge.Simulation.Clock;

namespace HomeBridge.Simulation.Viewers;

/// <summary>
/// A display that watches one camera of its home as a player does, and at times misbehaves: hangs up, reads slowly, asks
/// twice, shares its URL, guesses.
/// </summary>
internal sealed class SimViewer(World world, int number)
{
    /// <summary>A display asks for a new stream when one ends early.</summary>
    private const int AttemptsMax = 3;

    /// <summary>A unit's URL must be dead by then.</summary>
    private static readonly TimeSpan LateAfter = TimeSpan.FromSeconds(13);

    private Clockwork Clock => world.Clock;

    private Dice Dice => world.Dice;

    private Schedule Schedule => world.Schedule;

    public async Task Live()
    {
        await Clock.Wait(Dice.Seconds(0.5, Math.Max(1, Schedule.Seconds - Schedule.WatchTo)));
        world.Counts.Viewers++;
        var leaves = Clock.Elapsed + Dice.Seconds(Schedule.WatchFrom, Schedule.WatchTo);
        var camera = Dice.Pick(world.Cameras);
        for (var attempt = 0; attempt < AttemptsMax && Clock.Elapsed + TimeSpan.FromSeconds(4) < leaves; attempt++)
        {
            var links = world.Bridge.Links.Where(link => link.Active && link.Home == camera.Home).ToList();
            if (links.Count > 0 && world.Bridge.Grant(Dice.Pick(links), camera) is { } granted)
            {
                world.Log.Add(Happening.Granted, granted.Grant.Number, number);
                await Watch(granted.Grant, granted.Ticket, leaves);
            }

            await Clock.Wait(Dice.Seconds(1, 3));
        }

        world.Log.Add(Happening.Gone, number);
    }

    private async Task Watch(SimGrant grant, string ticket, TimeSpan leaves)
    {
        if (world.Rolls(FaultKind.ForgedTicket))
        {
            await Forge(grant, ticket);
        }

        if (world.Rolls(FaultKind.ExpiredTicket))
        {
            await Clock.Wait(grant.ExpiresAt - Clock.Elapsed + Dice.Seconds(0.1, 3));
            await Enter(grant, ticket, "an expired ticket");
            return;
        }

        Task? sharer = world.Rolls(FaultKind.ShareTicket) ? Share(grant, ticket, leaves) : null;
        Task? replay = world.Rolls(FaultKind.ReplayTicket) ? Replay(grant, ticket) : null;
        await new Player(world, this, grant, ticket).Play(leaves);
        await (sharer ?? Task.CompletedTask);
        await (replay ?? Task.CompletedTask);
    }

    /// <summary>Another display with the same URL: the same session, as often as a ticket may be fetched.</summary>
    private async Task Share(SimGrant grant, string ticket, TimeSpan leaves)
    {
        await Clock.Wait(Dice.Seconds(0, 0.2));
        await new Player(world, this, grant, ticket).Play(leaves);
    }

    private async Task Replay(SimGrant grant, string ticket)
    {
        // Quickly, so that the count is reached, or slowly, so that the time is.
        var pause = Dice.Below(2) == 0 ? 4 : 16;
        for (var fetch = 0; fetch < 7; fetch++)
        {
            await Clock.Wait(Dice.Seconds(0.1, pause));
            await Enter(grant, ticket, null);
        }
    }

    private async Task Forge(SimGrant grant, string ticket)
    {
        var bent = ticket.ToCharArray();
        var at = Dice.Below(bent.Length);
        bent[at] = bent[at] == 'A' ? 'B' : 'A';
        await Enter(grant, new string(bent), "a ticket with a changed letter");
        var now = DateTimeOffset.FromUnixTimeSeconds(Clock.UnixMs / 1000);
        await Enter(grant, TicketKeys.Stranger.Sign(grant.Id, now, TimeSpan.FromSeconds(60)), "a ticket signed by a stranger");

        // The stranger's signature under the bridge's key id.
        var real = Convert.FromBase64String(Padded(ticket));
        var forged = Convert.FromBase64String(Padded(TicketKeys.Stranger.Sign(grant.Id, now, TimeSpan.FromSeconds(60))));
        real.AsSpan(2, 4).CopyTo(forged.AsSpan(2));
        await Enter(grant, Convert.ToBase64String(forged).TrimEnd('=').Replace('+', '-').Replace('/', '_'), "a ticket signed by a stranger under our key's name");
    }

    public async Task<string?> Enter(SimGrant grant, string ticket, string? mustBeRefused)
    {
        var request = new SimRequest(world, grant, Asking.Entry, 0) { MustBeRefused = mustBeRefused };
        await world.Get(request, gone => world.Gateway.Enter(ticket, request, gone));
        if (mustBeRefused is not null)
        {
            world.Counts.AttacksRefused++;
        }

        return request.Completed ? request.Body : null;
    }

    private static string Padded(string base64url) =>
        base64url.Replace('-', '+').Replace('_', '/').PadRight((base64url.Length + 3) / 4 * 4, '=');

    /// <summary>When a URL of a unit is dead.</summary>
    public static TimeSpan LateFrom => LateAfter;
}
