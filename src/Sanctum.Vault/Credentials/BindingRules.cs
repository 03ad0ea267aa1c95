using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Injections;
using Sanctum.Policies;
using Sanctum.Text;

namespace Sanctum.Credentials;

/// <summary>What a credential may be bound to: hosts, origins, methods, paths, and how it goes into a request.</summary>
internal static class BindingRules
{
    private const int MaxItems = 64;

    public static void Validate(CredentialOptions options)
    {
        RequireItems("hosts", options.Hosts, IsHost, "a host is a name in lower case such as api.example.com, without scheme or path, with a port if it is not 443");
        RequireItems("hosts", options.Hosts, MayBePublic, "localhost and private addresses can't be bound as hosts; allow the exact origin instead, such as --allow-origin https://localhost:8443");
        RequireItems("allowed_origins", options.AllowedOrigins, IsOrigin, "an origin is a scheme and a host, with a port if it is not the default, such as http://127.0.0.1:8080");
        RequireItems("methods", options.Methods, HttpMethodName.IsValid, "a method is a word in capitals such as GET, but not CONNECT or TRACE");
        RequireItems("paths", options.Paths, PathPattern.IsValid, "a path pattern begins with '/' or '*' and consists of path characters, '*' and '?'");
        RequireItems("allowed_credentials", options.AllowedCredentials, RequestHeaders.MayBeAllowed, "an allowed credential is the name of a header or query parameter that callers can set");
        if (options.HeaderType is { } headerType && !Injection.IsValid(headerType))
        {
            throw Errors.InvalidParams(
                "header_type",
                "a header type is bearer, api_key, basic, basic:USER, scheme:WORD, custom:NAME, query:NAME, path, aws_sigv4 or aws_sigv4:REGION/SERVICE");
        }
    }

    // Kept in the one spelling that they are compared in.
    private static bool IsHost(string text) => Origin.TryParseHost(text, out var origin) && origin.Authority == text && HostName.IsValid(origin.Host);

    // What is known without looking it up. What a name stands for is judged when it is dialled.
    private static bool MayBePublic(string text) => Origin.TryParseHost(text, out var origin) && !PublicAddress.IsNever(origin.Host);

    private static bool IsOrigin(string text) => Origin.TryParse(text, out var origin) && origin.ToString() == text;

    private static void RequireItems(string member, IReadOnlyList<string>? items, Predicate<string> isValid, string rule)
    {
        if (items is not null && (items.Count > MaxItems || !items.All(item => item is not null && isValid(item))))
        {
            throw Errors.InvalidParams(member, items.Count > MaxItems ? $"{member} can have at most {MaxItems} items" : rule);
        }
    }
}
