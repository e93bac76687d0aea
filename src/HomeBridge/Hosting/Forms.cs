namespace HomeBridge.Hosting;

/// <summary>Bodies of form posts.</summary>
internal static class Forms
{
    /// <summary>Fields of a form: ten thousand ticked devices, and a few more.</summary>
    public const int FieldsMax = 10_100;

    /// <summary>Null when the body is no form, or one that can't be read: the caller's mistake, never a 5xx.</summary>
    public static async Task<IFormCollection?> Read(HttpRequest request)
    {
        if (!request.HasFormContentType)
        {
            return null;
        }

        try
        {
            return await request.ReadFormAsync(request.HttpContext.RequestAborted);
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or InvalidOperationException or NotSupportedException
            || (unreadable is IOException and not BadHttpRequestException))
        {
            return null;
        }
    }
}
