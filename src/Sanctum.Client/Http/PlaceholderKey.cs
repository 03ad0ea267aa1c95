using System.Text;

namespace Sanctum.Client;

/// <summary>Finds the text that an SDK was given in the key's place (<see cref="HttpUseOptions.Placeholder"/>).</summary>
internal static class PlaceholderKey
{
    private const string InPath = "{secret}";
    private const string Basic = "Basic ";

    extension(HttpUseOptions options)
    {
        /// <summary>Whether a header's value has it, also as user name or password.</summary>
        public bool HasPlaceholder(string value) => options.Placeholder is { } placeholder
            && (value.Contains(placeholder, StringComparison.Ordinal) || OfBasic(value).Contains(placeholder, StringComparison.Ordinal));

        /// <summary>An address without it: not in the query, and other text in its place in the path.</summary>
        /// <param name="address">The address.</param>
        /// <param name="inPath">What stands there in the path.</param>
        public string WithoutPlaceholder(string address, string inPath = InPath)
        {
            if (options.Placeholder is not { } placeholder)
            {
                return address;
            }

            var question = address.IndexOf('?', StringComparison.Ordinal);
            var (path, query) = question < 0 ? (address, "") : (address[..question], address[(question + 1)..]);
            var kept = query.Split('&').Where(member => !Uri.UnescapeDataString(member).Contains(placeholder, StringComparison.Ordinal));
            path = path.Replace(placeholder, inPath, StringComparison.Ordinal).Replace(Uri.EscapeDataString(placeholder), inPath, StringComparison.Ordinal);
            return string.Join('&', kept) is { Length: > 0 } rest ? $"{path}?{rest}" : path;
        }
    }

    private static string OfBasic(string value)
    {
        var bytes = new byte[value.Length];
        return value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) && Convert.TryFromBase64String(value[Basic.Length..], bytes, out var count)
            ? Encoding.UTF8.GetString(bytes, 0, count)
            : "";
    }
}
