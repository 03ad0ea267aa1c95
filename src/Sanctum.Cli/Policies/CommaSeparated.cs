namespace Sanctum.Cli.Policies;

/// <summary>Names with commas between them; spaces around them are not part of them.</summary>
internal static class CommaSeparated
{
    public static bool TryParse(string value, out string[] names)
    {
        names = value.Split(',', StringSplitOptions.TrimEntries);
        return names.All(it => it.Length > 0);
    }
}
