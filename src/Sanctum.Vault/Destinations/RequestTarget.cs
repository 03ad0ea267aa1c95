namespace Sanctum.Destinations;

/// <summary>What a request is for, as far as policies and bindings speak of it.</summary>
internal sealed record RequestTarget(string Method, RequestUrl Url)
{
    private const int LongestShown = 256;

    /// <exception cref="VaultException">One of them is malformed; invalid params.</exception>
    public static RequestTarget Parse(string method, string url) => HttpMethodName.IsValid(method)
        ? new RequestTarget(method, RequestUrl.Parse(url))
        : throw Errors.InvalidParams("method", "'method' must be a word in capitals such as GET or POST, and not CONNECT or TRACE");

    /// <summary>Says where it goes, for the record: without the query, and of a path, which is the agent's own words, what tells requests apart.</summary>
    public void AddTo(IDictionary<string, string> details)
    {
        details["method"] = Method;
        details["origin"] = Url.Origin.ToString();
        details["path"] = Url.Path.Length <= LongestShown ? Url.Path : Url.Path[..LongestShown] + "...";
    }

    public override string ToString() => $"{Method} {Url}";
}
