using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapper;
using HomeBridge.AccountLinking;
using HomeBridge.Audit;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Hosting;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Suspensions;
using HomeBridge.Tests.World;
using Microsoft.Extensions.Logging.Abstractions;

namespace HomeBridge.Tests.EvidencePolicy;

/// <summary>Which keys are read, which are the same, and what stands in the database about them.</summary>
public sealed class EnrolledKeysTests : IDisposable
{
    private static readonly JsonElement Held = Vectors().GetProperty("deviceHeld");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("homebridge-keys");
    private readonly Database _database;
    private readonly AuditTrail _audit;
    private readonly SuspensionBoard _board;
    private readonly DeviceRegister _register;

    public EnrolledKeysTests()
    {
        var clock = new SetClock();
        _database = new Database(TestDatabase.At(Path.Combine(_folder.FullName, "keys.db")));
        _audit = new AuditTrail(_database, clock);
        _board = new SuspensionBoard(
            new SuspensionStore(_database, _audit, clock), new Signal(), new SuspensionNumbering(_database, _audit, clock),
            new SuspensionReplica(NullLogger<SuspensionReplica>.Instance), new SuspensionFreshness(new SuspensionOptions(), clock), NullLogger<SuspensionBoard>.Instance);
        _register = new DeviceRegister(_database, new EnrolledKeys(_database, _board, _audit, NullLogger<EnrolledKeys>.Instance));
    }

    public void Dispose()
    {
        TestDatabase.LetGo();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void One_key_in_two_encodings_at_two_makers_is_one_key()
    {
        var compressed = Held.GetProperty("sameKeyInOtherForms")[0].GetString()!;
        var first = _register.Identify("acme", [Camera("camera-1", Text("evidenceKey"))]).Single();
        _register.Identify("acme", [Camera("camera-2", Text("otherEvidenceKey")), Camera("camera-3", null)]);
        Assert.Empty(_board.Current.InForce);

        var second = _register.Identify("another-maker", [Camera("camera-1", compressed)]).Single();

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(new[] { first.Id.Value, second.Id.Value }.Order(), _board.Current.InForce.Select(one => one.Scope.Device!).Order());
        Assert.Equal(Text("thumbprint"), _register.Find(second.Id.Value)!.EvidenceThumbprint);
        Assert.Equal(Text("evidenceKey"), _register.Find(second.Id.Value)!.EvidenceKey);

        // Listed again and again, it is still two quarantines and two rows in the trail.
        _register.Identify("acme", [Camera("camera-1", Text("evidenceKey"))]);
        Assert.Equal(2, _board.Current.InForce.Length);
        Assert.Equal(2, _audit.Read(null, 100).Count(row => row.Action == "evidence.key-duplicated"));
    }

    [Fact]
    public void A_key_that_cannot_be_read_is_a_problem_and_not_a_camera_without_a_key()
    {
        foreach (var refused in Held.GetProperty("refused").EnumerateArray().Select(one => (object?)one.GetProperty("evidenceKey").GetString()).Append("").Append(7L).Append(new JsonMap()))
        {
            var (device, problem) = DeviceCloudReading.ReadDevice(Described(refused));

            Assert.Null(device);
            Assert.Contains("evidenceKey", problem, StringComparison.Ordinal);
        }

        Assert.Equal(Text("thumbprint"), DeviceCloudReading.ReadDevice(Described(Text("evidenceKey"))).Device!.EvidenceKey!.Thumbprint);
        Assert.Null(DeviceCloudReading.ReadDevice(Described(null)).Device!.EvidenceKey);
    }

    [Fact]
    public void A_binding_from_before_keys_were_pinned_is_pinned_to_derived()
    {
        _database.Write(transaction =>
        {
            transaction.Connection!.Execute(
                """
                INSERT INTO account_links (id, platform, client_id, vendor, account, agent_user_id, consented_at, consent_text) VALUES ('lnk', 'google', 'c', 'acme', 'maple', 'usr', 1, '1');
                INSERT INTO device_bindings (account_link, device, bound_at) VALUES ('lnk', 'dev', 1);
                """,
                transaction: transaction);
            return true;
        });

        using var connection = _database.Open();
        Assert.Equal(DeviceBinding.Derived, connection.QuerySingle<string>("SELECT evidence_pin FROM device_bindings WHERE device = 'dev'"));
    }

    [Fact]
    public void Nobody_has_to_decide_that_a_maker_proves_G2()
    {
        var grades = new EvidenceGrades(_database, _audit, new SetClock());

        Assert.Equal((EvidenceGrade.G2, null), (grades.Minimum("acme"), grades.Decided("acme")));
        grades.Decide("acme", EvidenceGrade.G0, "a trade fair", "somebody");

        Assert.Equal((EvidenceGrade.G0, EvidenceGrade.G2), (grades.Minimum("acme"), grades.Minimum("another-maker")));
        Assert.Equal((1, null), (EvidenceGrades.SessionsPerCameraMax(EvidenceGrade.G1), EvidenceGrades.SessionsPerCameraMax(EvidenceGrade.G2)));
    }

    private static DeviceDescription Camera(string id, string? key)
    {
        DevicePublicKey? read = null;
        Assert.True(key is null || DevicePublicKey.TryRead(key, out read));
        return new DeviceDescription { VendorDeviceId = id, Type = "CAMERA", Name = id, Traits = ["CameraStream"], EvidenceKey = read };
    }

    private static JsonMap Described(object? key)
    {
        var map = new JsonMap();
        map["id"] = "acme-camera-000007";
        map["type"] = "CAMERA";
        map["name"] = "Camera";
        map["traits"] = new List<object?> { "CameraStream" };
        map["evidenceKey"] = key;
        return map;
    }

    private static string Text(string name) => Held.GetProperty(name).GetString()!;

    private static JsonElement Vectors([CallerFilePath] string here = "") => JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "../../../contracts/vectors/media-evidence.json"))).RootElement;
}
