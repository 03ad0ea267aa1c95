using System.Globalization;

namespace Sanctum.Cli.Hosts;

/// <summary>A host as git and Docker write it, in one form: lower case, with a port where it is not 443. Only HTTPS: a secret is sent to no other.</summary>
internal static class HostName
{
    /// <summary>The host, or null where it is invalid or not reached over HTTPS.</summary>
    /// <param name="text"><c>github.com</c>, <c>ghcr.io:5000</c> or <c>https://index.docker.io/v1/</c>.</param>
    public static string? Of(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0 && IsPlain(uri.Host)
            ? uri.IsDefaultPort ? uri.Host : string.Create(CultureInfo.InvariantCulture, $"{uri.Host}:{uri.Port}")
            : null;
    }

    // Letters beyond ASCII that look like others are no name that somebody wrote into a list of hosts.
    private static bool IsPlain(string host) => host.Length > 0 && host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':' or '[' or ']');
}
