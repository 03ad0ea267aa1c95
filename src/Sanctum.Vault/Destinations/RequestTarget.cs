namespace Sanctum.Destinations;

/// <summary>What a request is for, as far as policies and bindings speak of it.</summary>
internal sealed record RequestTarget(string Method, RequestUrl Url)
{
    /// <exception cref="VaultException">One of them is malformed; invalid params.</exception>
    public static RequestTarget Parse(string method, string url) => HttpMethodName.IsValid(method)
        ? new RequestTarget(method, RequestUrl.Parse(url))
        : throw Errors.InvalidParams("method", "'method' must be a word in capitals such as GET or POST, and not CONNECT or TRACE");

    public override string ToString() => $"{Method} {Url}";
}
