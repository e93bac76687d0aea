using HomeBridge.AccountLinking;
using HomeBridge.Devices;

namespace HomeBridge.Canaries;

/// <summary>The synthetic homes as they are linked, and whose turn it is to use them.</summary>
internal sealed class CanaryHomes(
    CanaryOptions options, AccountLinks links, DeviceRegister register, DeviceCloud deviceCloud, DeviceCloudOptions maker, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ListWithin = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private List<LinkedCanary> _linked = [];

    /// <summary>
    /// Whoever probes ends the canaries' streams afterwards, and a drill suspends one of them: one at a time. Disposed, it
    /// is the next one's turn.
    /// </summary>
    public async Task<IDisposable> Turn(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        return new Place(_turn);
    }

    /// <summary>The link of each canary; those that are gone are linked anew, with the camera as the maker lists it now.</summary>
    public async Task<IReadOnlyList<LinkedCanary>> Linked(CancellationToken cancel)
    {
        if (_linked.Count == options.All.Count && _linked.All(one => links.Find(one.Link.Id.Value) is not null))
        {
            return _linked;
        }

        var linked = new List<LinkedCanary>();
        foreach (var canary in options.All)
        {
            using var budget = new Deadline(ListWithin, time, cancel);
            var listing = await deviceCloud.ListDevices(canary.Account, budget);
            var camera = register.Identify(maker.Vendor, listing.Devices).FirstOrDefault(one => one.Description.VendorDeviceId == canary.Device);
            if (camera is null || register.Find(camera.Id.Value) is not { IsCamera: true } device)
            {
                throw new InvalidOperationException($"The account {canary.Account} has no camera {canary.Device} at the maker.");
            }

            linked.Add(new LinkedCanary(canary, links.LinkCanary(maker.Vendor, canary.Account, camera), device));
        }

        return _linked = linked;
    }

    /// <summary>Links of canaries that are configured no more.</summary>
    public void EndForgotten()
    {
        foreach (var link in links.Canaries().Where(link => options.All.All(canary => canary.Account != link.Account)))
        {
            links.End(link.Id, "no canary any more", "system");
        }
    }

    public void Dispose() => _turn.Dispose();

    private sealed class Place(SemaphoreSlim turn) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                turn.Release();
            }
        }
    }
}
