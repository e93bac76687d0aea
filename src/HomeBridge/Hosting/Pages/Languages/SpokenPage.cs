namespace HomeBridge.Hosting.Pages.Languages;

/// <summary>A page that is written when it is asked for, in the language of whoever asks.</summary>
internal sealed class SpokenPage(Func<Language, Page> write) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => write(Languages.Of(httpContext)).ExecuteAsync(httpContext);
}
