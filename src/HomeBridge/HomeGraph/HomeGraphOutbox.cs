using HomeBridge.AccountLinking;
using HomeBridge.Devices;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using Microsoft.Data.Sqlite;

namespace HomeBridge.HomeGraph;

/// <summary>
/// What is still to be told to the platform's Home Graph. Written in the caller's transaction, so that what happened and
/// what is to be told about it are one; call <see cref="Wake"/> after the commit.
/// </summary>
internal sealed class HomeGraphOutbox
{
    private readonly Signal _signal = new();

    /// <summary>Whether reports are sent at all: SYNC says so in <c>willReportState</c>.</summary>
    public bool Enabled { get; }

    /// <summary>A device's state, for every platform user who has it. A trait's states come together; the last one wins.</summary>
    public void Report(SqliteTransaction transaction, Device device, bool online, JsonMap states)
    {
        Wake();
    }

    /// <summary>A notification by trait name, for every platform user who has the device. Never merged with another.</summary>
    public void Notify(SqliteTransaction transaction, Device device, string eventId, JsonMap notification)
    {
        Wake();
    }

    /// <summary>The account's devices changed: the platform shall ask for them again.</summary>
    public void RequestSync(SqliteTransaction transaction, string vendor, string account)
    {
        Wake();
    }

    /// <summary>
    /// A SYNC was answered with these devices: their states follow, and what is asked for by <see cref="RequestSync"/>
    /// is compared with them.
    /// </summary>
    public void Synced(AccountLink link, IReadOnlyList<IdentifiedDevice> announced)
    {
        Wake();
    }

    /// <summary>What the platform was last told of a device; null when that is nothing, or not known.</summary>
    public JsonMap? LastReported(string agentUserId, DeviceId device) => Enabled ? [] : null;

    /// <summary>After the commit: there is something to send.</summary>
    public void Wake() => _signal.Raise();
}
