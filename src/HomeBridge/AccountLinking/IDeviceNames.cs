using System.Data.Common;
using HomeBridge.Devices;

namespace HomeBridge.AccountLinking;

/// <summary>Who remembers what residents call their devices. Within the caller's transaction.</summary>
internal interface IDeviceNames
{
    /// <summary>What the maker calls them now, of a home whose resident is known here.</summary>
    void Remember(DbTransaction transaction, string vendor, string account, IReadOnlyCollection<IdentifiedDevice> devices);

    /// <summary>Null when it is not known, or not any more.</summary>
    string? NameOf(DbTransaction transaction, string vendor, string account, DeviceId device);
}
