using System.Collections.Frozen;
using Sanctum.Destinations;

namespace Sanctum.Egress;

/// <summary>
/// Query parameters by which frameworks and services take a request for one of another method, as they do by X-HTTP-Method-Override: <c>_method</c> (Rails, Laravel,
/// Symfony, Express), <c>_HttpMethod</c> (Salesforce), <c>method</c> (Graph). Names are as <see cref="HeaderWords.AsVariable"/> reads them.
/// </summary>
internal static class MethodParameters
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.Ordinal,
        "-method", "--method", "httpmethod", "-httpmethod", "http-method", "-http-method", "x-http-method", "x-http-methodoverride", "x-http-method-override", "x-method", "x-method-override",
        "method-override", "methodoverride", "-method-override", "http-method-override");

    // A name of many meanings, such as a filter over a log of requests.
    private const string OfManyMeanings = "method";

    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "MERGE", "COPY", "MOVE", "LINK", "UNLINK", "PURGE", "SEARCH", "MKCOL", "PROPFIND", "PROPPATCH", "REPORT", "LOCK", "UNLOCK");

    /// <exception cref="VaultException">A query parameter names another method than the one that was decided on; invalid params.</exception>
    /// <param name="isDecided">Whether methods are limited for this call, so that no parameter may say another, whatever it may mean.</param>
    public static void RequireOneMethod(RequestTarget target, bool isDecided)
    {
        foreach (var (name, value) in target.Url.QueryMembers())
        {
            var variable = HeaderWords.AsVariable(name);
            if ((Names.Contains(variable) || (isDecided && variable == OfManyMeanings)) && Methods.Contains(value) && !value.Equals(target.Method, StringComparison.OrdinalIgnoreCase))
            {
                throw Errors.OtherMethod(target.Method);
            }
        }
    }
}
