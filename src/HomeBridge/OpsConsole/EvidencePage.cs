using System.Security.Claims;
using HomeBridge.Devices;
using HomeBridge.EvidencePolicy;
using HomeBridge.Hosting;
using HomeBridge.Hosting.Pages;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Suspensions;
using Microsoft.AspNetCore.Antiforgery;

namespace HomeBridge.OpsConsole;

/// <summary>What the maker's cameras must prove, who decided it and why.</summary>
internal static class EvidencePage
{
    public const string Path = "/evidence";

    private static readonly (EvidenceGrade Grade, string Means)[] Meanings =
    [
        (EvidenceGrade.G3, "Signed by a key that only the camera holds, and fresh. A camera without a key of its own has no stream."),
        (EvidenceGrade.G2, "Signed where the maker authenticated the camera, and fresh. A camera with a key of its own is still held to it."),
        (EvidenceGrade.G1, "Stated and not signed. A maker who mixes up headers and pictures together isn't noticed. One session per camera."),
        (EvidenceGrade.G0, "Nothing is proven. Only a name inside the pictures can show a mix-up. One session per camera."),
    ];

    public static IResult Show(ConsoleFrame frame, EvidenceGrades grades, DeviceCloudOptions maker, bool mayDecide, string? wrong = null)
    {
        var (minimum, decided) = (grades.Minimum(maker.Vendor), grades.Decided(maker.Vendor));
        var weak = minimum < EvidenceGrades.Default;
        return frame.Page("Evidence", Html.Of($"""
            {(wrong is null ? Html.Empty : Html.Of($"<p class=\"notice\" role=\"alert\">{wrong}</p>"))}
            <h1 class="{(weak ? "suspended" : "serving")}">{maker.Vendor} must prove {minimum.ToString()}</h1>
            <section>
            <p>{(decided is null
                ? "Nobody decided otherwise: this is the default."
                : $"Decided by {decided.DecidedBy} on {ConsoleFrame.Utc(decided.DecidedAt)}: {decided.Reason}")}</p>
            {(weak ? Html.Of($"<p><strong>Below {EvidenceGrades.Default.ToString()}: one session per camera, until it is raised again.</strong></p>") : Html.Empty)}
            </section>
            <section>
            <h2>Grades</h2>
            <table class="figures">
            <thead><tr><th>Grade</th><th>What it means</th></tr></thead>
            <tbody>
            {Html.Join(Meanings.Select(one => Html.Of($"<tr><th scope=\"row\">{one.Grade.ToString()}</th><td data-label=\"Means\">{one.Means}</td></tr>\n")))}
            </tbody></table>
            </section>
            {(mayDecide ? Form(frame, maker, minimum) : Html.Of($"<section><p class=\"empty\">An Approver decides it.</p></section>"))}
            """), wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    public static async Task<IResult> Decide(
        HttpContext context, ClaimsPrincipal who, IAntiforgery antiforgery, TimeProvider time, EvidenceGrades grades, DeviceCloudOptions maker, SuspensionStore suspensions)
    {
        if (await Forms.Read(context.Request) is not { } form || !await antiforgery.IsRequestValidAsync(context))
        {
            return Redirects.SeeOther(Path);
        }

        var request = new GradeRequest(form["vendor"], form["grade"].ToString().Trim().ToUpperInvariant(), form["reason"]);
        if (EvidenceGradesApi.Wrong(request, maker, grades, suspensions) is { } wrong)
        {
            return Show(ConsoleFrame.Of(context, who, antiforgery, time), grades, maker, mayDecide: true, wrong);
        }

        grades.Decide(maker.Vendor, EvidenceGradesApi.Read(request.Grade)!.Value, request.Reason!.Trim(), who.Identity!.Name!);
        return Redirects.SeeOther(Path);
    }

    private static Html Form(ConsoleFrame frame, DeviceCloudOptions maker, EvidenceGrade minimum) => Html.Of($"""
        <section class="suspend">
        <h2>Decide</h2>
        <p>For all cameras of {maker.Vendor}. Streams that run with less than what you demand end within ten seconds. It is recorded with your name.</p>
        <form method="post" action="{Path}">
        {ConsoleFrame.Hidden(frame.Antiforgery)}
        <input type="hidden" name="vendor" value="{maker.Vendor}">
        <div class="fields">
        <label class="field">Grade <input name="grade" placeholder="{minimum.ToString()}" pattern="[Gg][0-3]" maxlength="2" required></label>
        <label class="field">Reason <input name="reason" maxlength="{GradeDecision.ReasonLengthMax}" required></label>
        </div>
        <div class="actions"><button class="danger" type="submit">Decide</button></div>
        </form>
        </section>
        """);
}
