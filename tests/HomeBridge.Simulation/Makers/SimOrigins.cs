using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.Simulation.Makers;

/// <summary>The gateway's way to the makers: what <c>HttpMediaOrigin</c> is over HTTP, without the HTTP.</summary>
internal sealed class SimOrigins(World world) : IMediaOrigins
{
    public IMediaOrigin Open(RedeemedGrant granted) => new Origin(world, world.Camera(granted.VendorDeviceId));

    private sealed class Origin(World world, SimCamera camera) : IMediaOrigin
    {
        public Task<MakerPlaylist?> Playlist(CancellationToken cancel) => world.Maker.Playlist(camera, cancel);

        public async Task<UnverifiedUnit?> Unit(UnitExpectation expected, CancellationToken cancel)
        {
            world.Clock.ThrowIfEscaped();
            var exchange = world.Begin(new Exchange(camera, expected.Kind, expected.Sequence, expected.Nonce));
            return await world.Maker.Unit(exchange, cancel) is { } answer
                ? new UnverifiedUnit(
                    answer.Status, answer.Body, new EvidenceHeaders(answer.Statement, answer.Digest, answer.Input, answer.Signature, answer.Age))
                : null;
        }

        public void Dispose()
        {
        }
    }
}
