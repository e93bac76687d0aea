using System.Security.Cryptography;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;

namespace HomeBridge.Tests.Switch;

/// <summary>What a process knows of suspensions can't be made less by telling it something older or something false.</summary>
public sealed class SnapshotMemoryTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-test-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Numbers_that_go_back_keep_the_union_until_a_new_epoch_however_far_they_grow()
    {
        var memory = SnapshotMemory.Take(null, At(1, 9, "a", "b"));
        memory = SnapshotMemory.Take(memory, At(1, 10, "b"));
        Assert.Equal(["b"], Ids(memory));

        memory = SnapshotMemory.Take(memory, At(1, 7, "a"));
        Assert.True(memory.WentBack);
        Assert.Equal(["a", "b"], Ids(memory));

        // What either had in force stays, and what the new numbers raise. What they lift waits.
        memory = SnapshotMemory.Take(memory, At(1, 8, "a", "c"));
        Assert.Equal(["a", "b", "c"], Ids(memory));
        memory = SnapshotMemory.Take(memory, At(1, 50, "c"));
        Assert.True(memory.WentBack);
        Assert.Equal(["a", "b", "c"], Ids(memory));

        // Back once more, and once more to a backup with higher numbers than there are now: nothing of either is lost.
        memory = SnapshotMemory.Take(memory, At(1, 49, "d"));
        memory = SnapshotMemory.Take(memory, At(1, 60));
        Assert.Equal(["a", "b", "c", "d"], Ids(memory));
        Assert.Equal(new SnapshotFloor(1, 10), memory.Floor);

        memory = SnapshotMemory.Take(memory, At(2, 1, "c"));
        Assert.False(memory.WentBack);
        Assert.Equal(["c"], Ids(memory));
        memory = SnapshotMemory.Take(memory, At(1, 99));
        Assert.Equal(["c"], Ids(memory));
    }

    [Fact]
    public void An_entry_that_is_told_differently_after_going_back_denies_what_either_denies()
    {
        var known = new SuspensionInForce("a", new SuspensionScope(Vendor: "acme"), SuspensionEffects.CutStreams);
        var memory = SnapshotMemory.Take(null, new NumberedSnapshot(1, new SuspensionSnapshot(9, [known])));
        memory = SnapshotMemory.Take(memory, new NumberedSnapshot(1, new SuspensionSnapshot(3, [known with { Scope = new SuspensionScope(Device: "dev_1") }])));

        Assert.True(memory.InForce.Denies(SuspensionEffects.CutStreams, new SuspensionFacts("google", "acme", null, null, "CameraStream", "lnk_1", "dev_9"), out _));
        Assert.True(memory.InForce.Denies(SuspensionEffects.CutStreams, new SuspensionFacts("google", "other", null, null, "CameraStream", "lnk_1", "dev_1"), out _));
    }

    [Fact]
    public void What_is_kept_on_disk_comes_back_whole_and_is_its_owners_alone()
    {
        var path = Path.Combine(_folder.FullName, "below", "suspensions.json");
        var file = new SnapshotFile(path);
        Assert.Null(file.Load());
        var memory = SnapshotMemory.Take(SnapshotMemory.Take(null, At(3, 9, "a", "b")), At(3, 4, "c"));

        file.Save(memory);
        var read = new SnapshotFile(path).Load()!;

        Assert.Equal(["a", "b", "c"], Ids(read));
        Assert.Equal(memory.Floor, read.Floor);
        Assert.Equal(4, read.Told.Snapshot.Version);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        File.WriteAllText(path, "{\"told\":");
        Assert.Throws<InvalidDataException>(() => file.Load());
    }

    [Fact]
    public void Only_what_a_pinned_key_signed_as_a_snapshot_is_one()
    {
        using var signer = SnapshotSigner.New();
        using var next = SnapshotSigner.New();
        using var stranger = SnapshotSigner.New();
        using var verifier = new SnapshotVerifier(signer.PublicKeyPem + "\n" + next.PublicKeyPem);
        var signed = signer.Sign(At(1, 5, "a"));

        Assert.Equal(5, verifier.Open(signed)!.Snapshot.Version);
        Assert.Equal("a", verifier.Open(next.Sign(At(1, 6, "a")))!.Snapshot.InForce.Single().Id);
        Assert.Null(verifier.Open(stranger.Sign(At(1, 6, "a"))));
        Assert.Null(verifier.Open(signed with { Body = signed.Body.Replace("\"a\"", "\"b\"", StringComparison.Ordinal) }));
        Assert.Null(verifier.Open(signed with { Body = signed.Body + " " }));
        Assert.Null(verifier.Open(signed with { Signature = "" }));
        Assert.Null(verifier.Open(signed with { Signature = signed.Signature[..^8] }));
        Assert.Throws<ArgumentException>(() => new SnapshotVerifier("none"));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<ArgumentException>(() => new SnapshotVerifier(other.ExportSubjectPublicKeyInfoPem()));
        Assert.Throws<ArgumentException>(() => new SnapshotSigner(signer.PublicKeyPem));
    }

    private static NumberedSnapshot At(long epoch, long version, params string[] ids) => new(
        epoch, new SuspensionSnapshot(version, [.. ids.Select(id => new SuspensionInForce(id, new SuspensionScope(Device: id), SuspensionEffects.CutStreams))]));

    private static string[] Ids(SnapshotMemory memory) => [.. memory.InForce.InForce.Select(entry => entry.Id).Order(StringComparer.Ordinal)];
}
