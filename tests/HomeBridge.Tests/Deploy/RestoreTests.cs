using System.Net;
using System.Text.Json;
using HomeBridge.Tests.House;
using HomeBridge.Tests.World;

namespace HomeBridge.Tests.Deploy;

/// <summary>The guide to backup and restore, done by hand: SQLite's own tool, real processes, two people.</summary>
public sealed class RestoreTests : IDisposable
{
    private const string Operator = "sandbox-operator", Approver = "sandbox-operator-2";

    private readonly string _backups = Directory.CreateTempSubdirectory("homebridge-test-").FullName;

    public void Dispose() => Directory.Delete(_backups, recursive: true);

    [Fact]
    public async Task A_backup_under_load_is_restored_and_two_people_take_its_numbers()
    {
        var first = await SandboxProcess.Start(more: ["--drill-interval", "86400", "--canary-interval", "0"]);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var home = await LinkedHome.Link(first, http, "maple", "google-home", _ => true);
        var camera = await home.Device("Front door camera");
        var database = Path.Combine(first.DataFolder, "homebridge.db");
        var backup = Path.Combine(_backups, "homebridge.db");

        // Online, while it is written to.
        var isOver = false;
        var busy = Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                await home.Refresh();
            }
        });
        await Sqlite(database, $".backup {backup}");
        Volatile.Write(ref isOver, true);
        await busy;
        Assert.Equal("ok\n", (await Sqlite(backup, "PRAGMA integrity_check")).Output);

        // What the backup does not know: a suspension, and a home that linked later.
        var suspended = await Hbctl(first, Operator, "suspend", "--preset", "camera-leak", "--incident", "INC-412", "--reason", "after the backup", "--wait", "--json");
        Assert.Equal(0, suspended.Code);
        var id = JsonDocument.Parse(suspended.Output).RootElement.GetProperty("id").GetString()!;
        var later = await LinkedHome.Link(first, http, "harbor", "google-home", _ => true);
        Assert.Equal(0, await first.Stop());
        await first.DisposeAsync();

        // As the guide says: the old file is kept, the backup takes its place, the copy beside it is left alone.
        await Sqlite(database, $".backup {Path.Combine(_backups, "before-restore.db")}");
        await Sqlite(database, $".restore {backup}");
        File.Delete(Path.Combine(first.DataFolder, "audit-heads.jsonl"));
        await using var second = await SandboxProcess.Start(first.DataFolder, first.Ports, "--drill-interval", "86400", "--canary-interval", "0");

        // Nothing is open that was closed; who linked later is unknown; who linked before goes on.
        Assert.StartsWith("WENT BACK", (await Hbctl(second, Operator, "rebase")).Output, StringComparison.Ordinal);
        await home.Refresh();
        Assert.Equal("streamUnavailable", (await home.OpenCamera(camera)).GetProperty("errorCode").GetString());
        using (var unknown = await later.Post("""{"requestId":"1","inputs":[{"intent":"action.devices.SYNC"}]}"""))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        }

        // Raised anew it has a number in the new order, and cameras stay shut over the rebase.
        var anew = await Hbctl(second, Operator, "suspend", "--preset", "camera-leak", "--incident", "INC-412", "--reason", "in force before the restore", "--wait", "--json");
        Assert.Equal(0, anew.Code);
        Assert.Equal(0, (await Hbctl(second, Operator, "rebase", "propose", "--reason", "restored from the rehearsal's backup")).Code);
        var proposal = await Proposal(http, second);
        Assert.Equal(5, (await Hbctl(second, Operator, "rebase", "confirm", proposal)).Code);
        Assert.StartsWith("IN ORDER, epoch 2, ", (await Hbctl(second, Approver, "rebase", "confirm", proposal)).Output, StringComparison.Ordinal);
        Assert.Equal("streamUnavailable", (await home.OpenCamera(camera)).GetProperty("errorCode").GetString());

        // Lifted by the other person, it is over, and the lost one with it: the trail is whole and says who did it.
        var lifted = await Hbctl(second, Approver, "lift", JsonDocument.Parse(anew.Output).RootElement.GetProperty("id").GetString()!, "--reason", "rehearsal", "--force");
        Assert.True(lifted.Code == 0, lifted.Errors);
        Assert.Equal("SUCCESS", (await home.OpenCamera(camera)).GetProperty("status").GetString());
        Assert.Contains("INTACT", (await Hbctl(second, Operator, "audit", "verify")).Output, StringComparison.Ordinal);
        Assert.Contains(id, (await Hbctl(second, Operator, "audit", "list", "--limit", "50", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_names_the_commands_that_are_rehearsed()
    {
        var guide = Repository.Read("deploy/backup.md") + Repository.Read("deploy/runbooks/restore-from-backup.md") + Repository.Read("deploy/runbooks/version-went-back.md");

        Assert.All([".backup", ".restore", "PRAGMA integrity_check", "hbctl rebase propose", "hbctl rebase confirm", "hbctl audit verify"], command => Assert.Contains(command, guide, StringComparison.Ordinal));
    }

    private static Task<(int Code, string Output)> Sqlite(string file, string command) => Tool.Run("sqlite3", [file, command]);

    private static Task<HbctlRun> Hbctl(SandboxProcess sandbox, string token, params string[] arguments) => HbctlRun.Of(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["HBCTL_URL"] = sandbox.Ops.GetLeftPart(UriPartial.Authority), ["HBCTL_TOKEN"] = token }, arguments);

    private static async Task<string> Proposal(HttpClient http, SandboxProcess sandbox)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox.Ops, "/ops/v1/suspensions/rebase"));
        request.Headers.Authorization = new("Bearer", Operator);
        using var answer = await http.SendAsync(request);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("proposal").GetProperty("id").GetString()!;
    }
}
