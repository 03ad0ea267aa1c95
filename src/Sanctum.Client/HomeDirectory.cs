namespace Sanctum.Client;

/// <summary>Expands a leading <c>~</c>, which shells do for arguments and nobody does for settings.</summary>
internal static class HomeDirectory
{
    public static string Expand(string path) =>
        path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
            : path;
}
