using System.Net;
using System.Text.Json;
using HomeBridge.Tests.World;
using Xunit.Abstractions;

namespace HomeBridge.Tests.EvidencePolicy;

/// <summary>
/// Grades, enrolled keys and pins through the real pages, the ops API and the gateway. In a sandbox of its own: cameras are
/// quarantined here.
/// </summary>
public sealed class EvidencePolicyTests(SandboxFixture sandbox, ITestOutputHelper output) : IClassFixture<SandboxFixture>, IAsyncLifetime
{
    private const string Lobby = "Lobby camera";
    private const string Garden = "Garden camera";
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(30);

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The next test finds a maker that is well, and nothing suspended.</summary>
    public async Task DisposeAsync()
    {
        await sandbox.NoFaults();
        foreach (var suspension in await InForce())
        {
            await sandbox.Lift(suspension);
        }

        if ((await Grade()).GetProperty("grade").GetString() != "G2")
        {
            await Decide("G2", "the test is over");
        }
    }

    [Fact]
    public async Task A_camera_that_signs_by_itself_is_watched_and_held_to_its_key()
    {
        var home = await sandbox.Link("hill", choose: IsCamera);
        var lobby = await Maker("hill", Lobby);
        var viewer = await Watching(home, Lobby);
        var (status, bytes) = await Newest(viewer);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(Viewer.Names(bytes, lobby.VendorDeviceId));

        // The maker could sign for it with the key that it derives, and that is not the key that was granted.
        await sandbox.Fault("weaker-signature", device: lobby.VendorDeviceId);
        (status, bytes) = await Newest(viewer);

        Assert.Equal((HttpStatusCode.NotFound, 0), (status, bytes.Length));
        Assert.Equal(HttpStatusCode.NotFound, await viewer.Poll());
        Assert.Contains("OtherAlgorithm", await Detail("evidence.refused"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_cameras_with_one_key_are_both_quarantined_though_two_homes_have_them()
    {
        var (hill, garden) = (await sandbox.Link("hill", choose: IsCamera), await Maker("maple", Garden));
        await sandbox.Fault("key-duplicated", device: garden.VendorDeviceId);

        var maple = await sandbox.Link("maple", choose: IsCamera);

        var (first, second) = (await hill.Device(Lobby), await maple.Device(Garden));
        var quarantines = await InForce();
        Assert.Equal(new[] { first, second }.Order(), quarantines.Select(one => one.GetProperty("scope").GetProperty("device").GetString()).Order());
        Assert.All(quarantines, one =>
        {
            Assert.Equal(("automatic", "system", "evidence-key-duplicated"), (Text(one, "origin"), Text(one, "author"), Text(one, "incident")));
            Assert.Equal("CameraStream", Text(one.GetProperty("scope"), "trait"));
            Assert.Equal(["cut_streams"], one.GetProperty("effects").EnumerateArray().Select(effect => effect.GetString()));
        });
        Assert.Equal("streamUnavailable", await Refusal(hill, Lobby));
        Assert.Equal("streamUnavailable", await Refusal(maple, Garden));
        Assert.Equal(2, await Count("evidence.key-duplicated"));

        // Nobody else pays for it, and lifting it doesn't make one key two.
        Assert.NotNull(await hill.TryWatch(await hill.Device("Drive camera")));
        Assert.NotNull(await maple.TryWatch(await maple.Device("Front door camera")));
        foreach (var one in quarantines)
        {
            await sandbox.Lift(one);
        }

        Assert.Equal("streamUnavailable", await Refusal(hill, Lobby));

        // The maker gives each a key of its own: the one that never changed is served again.
        await sandbox.NoFaults();
        await maple.Sync();
        Assert.NotNull(await hill.TryWatch(first));
    }

    [Fact]
    public async Task Another_key_than_consented_stops_that_link_until_the_resident_links_anew()
    {
        var before = await sandbox.Link("hill", choose: IsCamera);
        var other = await sandbox.Link("hill", client: "second-platform", choose: IsCamera);
        var lobby = await Maker("hill", Lobby);
        var id = await before.Device(Lobby);
        var viewer = await Watching(before, Lobby);
        await sandbox.Fault("key-changed", device: lobby.VendorDeviceId);
        await before.Sync();

        // What runs dies with the first unit by the new key, or at its next renewal: nobody sees one.
        await Until(async () => await viewer.Poll() != HttpStatusCode.OK || (await viewer.Fetch(viewer.Units[^1])).Status != HttpStatusCode.OK);
        Assert.Equal("streamUnavailable", await Refusal(before, Lobby));
        var quarantine = Assert.Single(await InForce());
        Assert.Equal(("automatic", "evidence-key-changed", id), (Text(quarantine, "origin"), Text(quarantine, "incident"), Text(quarantine.GetProperty("scope"), "device")));
        Assert.NotEmpty(Text(quarantine.GetProperty("scope"), "account_link"));
        Assert.Equal("streamUnavailable", await Refusal(before, Lobby));
        Assert.Equal(1, await Count("evidence.key-changed"));
        Assert.NotNull(await before.TryWatch(await before.Device("Drive camera")));

        // The resident confirms by linking anew: this link pins the new key, the old one still doesn't.
        var after = await sandbox.Link("hill", choose: IsCamera);

        // What was recorded before the change is signed by the old key, and refused: the next unit is not.
        await Until(async () => (await Newest(await Watching(after, Lobby))).Status == HttpStatusCode.OK);
        await sandbox.Lift(quarantine);
        Assert.Equal("streamUnavailable", await Refusal(before, Lobby));
        Assert.NotEmpty(other.AccessToken);
    }

    [Fact]
    public async Task A_lower_grade_is_an_approvers_recorded_decision_with_one_session_for_each_camera()
    {
        var home = await sandbox.Link("maple", choose: IsCamera);
        var (standing, twice) = (await Grade(), new { vendor = "acme", grade = "G1", reason = "the maker's signer is down, HB-42" });
        Assert.Equal(("G2", true), (Text(standing, "grade"), standing.GetProperty("is_default").GetBoolean() || standing.TryGetProperty("decided_by", out _)));
        Assert.Equal(403, (await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/evidence-grades", twice)).Status);
        foreach (var wrong in (object[])[new { vendor = "acme", grade = "G4", reason = "x" }, new { vendor = "acme", grade = "1", reason = "x" }, new { vendor = "acme", grade = "G1", reason = " " }, new { vendor = "other", grade = "G1", reason = "x" }, new { vendor = "acme", grade = "G1" }])
        {
            Assert.Equal(400, (await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/evidence-grades", wrong, "sandbox-operator-2")).Status);
        }

        await sandbox.Fault("signatures-stripped");
        Assert.Equal(HttpStatusCode.NotFound, (await Newest(await Watching(home, Garden))).Status);

        var decided = await Decide("G1", twice.reason);

        Assert.Equal(("G1", "sandbox-operator-2", twice.reason, 1), (Text(decided, "grade"), Text(decided, "decided_by"), Text(decided, "reason"), decided.GetProperty("sessions_per_camera_max").GetInt32()));
        Assert.Contains("G1: the maker's signer is down", await Detail("evidence.grade-decided"), StringComparison.Ordinal);
        var viewer = await Watching(home, "Front door camera");
        Assert.Equal(HttpStatusCode.OK, (await Newest(viewer)).Status);
        Assert.Equal("deviceBusy", await Refusal(home, "Front door camera"));

        // What was opened with less does not outlive the decision by more than a renewal.
        await Decide("G2", "the signer is back");
        var raised = TimeProvider.System.GetTimestamp();
        await Until(async () => await viewer.Poll() != HttpStatusCode.OK);
        output.WriteLine($"A session below the grade ended {TimeProvider.System.GetElapsedTime(raised).TotalSeconds:0.0} s after the decision.");
    }

    [Fact]
    public async Task Two_tickets_that_were_given_out_at_once_are_still_one_session_below_G2()
    {
        var home = await sandbox.Link("maple", choose: IsCamera);
        await Decide("G1", "one session each");
        var id = await home.Device("Front door camera");

        var viewers = new[] { await home.Watch(id), await home.Watch(id) };
        var entered = new[] { await Settled(viewers[0].Enter), await Settled(viewers[1].Enter) };

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotFound], entered);
    }

    [Fact]
    public async Task A_maker_that_must_prove_G3_has_no_stream_from_a_camera_without_a_key_of_its_own()
    {
        var (maple, hill) = (await sandbox.Link("maple", choose: IsCamera), await sandbox.Link("hill", choose: IsCamera));

        await Decide("G3", "every camera sold since 2025 has a key");

        Assert.Equal("streamUnavailable", await Refusal(maple, Garden));
        Assert.Equal(HttpStatusCode.OK, (await Newest(await Watching(hill, Lobby))).Status);
    }

    private static bool IsCamera(string name) => name.EndsWith("camera", StringComparison.Ordinal);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static async Task Until(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < SoonEnough, "It did not happen.");
            await Task.Delay(200);
        }
    }

    private static async Task<(HttpStatusCode Status, byte[] Bytes)> Newest(Viewer viewer)
    {
        var fetched = await viewer.Fetch(viewer.Units[^1]);
        await Until(async () =>
        {
            if (fetched.Status is HttpStatusCode.ServiceUnavailable && await viewer.Poll() is HttpStatusCode.OK)
            {
                fetched = await viewer.Fetch(viewer.Units[^1]);
            }

            return fetched.Status is not HttpStatusCode.ServiceUnavailable;
        });
        return fetched;
    }

    private static async Task<Viewer> Watching(LinkedHome home, string camera)
    {
        var viewer = await home.Watch(await home.Device(camera));
        Assert.Equal(HttpStatusCode.OK, await Settled(viewer.Enter));
        Assert.Equal(HttpStatusCode.OK, await Settled(viewer.Poll));
        return viewer;
    }

    /// <summary>A busy machine is unavailable for a moment: that is no answer to what is asked here.</summary>
    private static async Task<HttpStatusCode> Settled(Func<Task<HttpStatusCode>> ask)
    {
        var status = HttpStatusCode.ServiceUnavailable;
        await Until(async () => (status = await ask()) != HttpStatusCode.ServiceUnavailable);
        return status;
    }

    private static async Task<string?> Refusal(LinkedHome home, string camera)
    {
        var (id, refusal) = (await home.Device(camera), (string?)"transientError");
        await Until(async () =>
        {
            var answer = await home.OpenCamera(id);
            refusal = answer.TryGetProperty("errorCode", out var code) ? code.GetString() : null;
            return refusal != "transientError";
        });
        return refusal;
    }

    private async Task<MakerDevice> Maker(string home, string name) =>
        (await sandbox.MakerDevices()).Single(device => device.Home == home && device.Name == name);

    private async Task<List<JsonElement>> InForce() =>
        [.. (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/suspensions")).Body.GetProperty("suspensions").EnumerateArray().Where(one => Text(one, "state") != "lifted")];

    private async Task<JsonElement> Grade() =>
        (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/evidence-grades")).Body.GetProperty("grades").EnumerateArray().Single();

    private async Task<JsonElement> Decide(string grade, string reason)
    {
        var (status, body) = await sandbox.OpsCall(HttpMethod.Post, "/ops/v1/evidence-grades", new { vendor = "acme", grade, reason }, "sandbox-operator-2");
        Assert.Equal(201, status);
        return body;
    }

    private async Task<List<JsonElement>> Trail(string action) =>
        [.. (await sandbox.OpsCall(HttpMethod.Get, "/ops/v1/audit?limit=500")).Body.GetProperty("rows").EnumerateArray().Where(row => Text(row, "action") == action)];

    private async Task<int> Count(string action) => (await Trail(action)).Count;

    private async Task<string> Detail(string action)
    {
        await Until(async () => await Count(action) > 0);
        return Text((await Trail(action))[0], "detail");
    }
}
