using Sanctum.Cli.CommandLine;
using Sanctum.Credentials;

namespace Sanctum.Cli.Imports;

/// <summary>What the paths of imported secrets begin with.</summary>
internal static class ImportPrefix
{
    private const string Otherwise = "env";

    /// <summary>As it is given, else the name of the file's folder: <c>~/src/shop/.env</c> goes to <c>shop/…</c>.</summary>
    public static string Of(string? given, string file) =>
        given is null ? Clean(Path.GetFileName(Path.GetDirectoryName(file)) ?? "")
        : CredentialPath.TryParse(given.TrimEnd('/'), out var path) ? path.Value
        : throw CliErrors.InvalidValue("--prefix", "the beginning of a path, such as shop or work/shop");

    /// <summary>A name as it can begin a path.</summary>
    public static string Clean(string folder)
    {
        var name = string.Concat(folder.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' ? letter : '-')).Trim('-');
        return name.Length > 0 ? name : Otherwise;
    }
}
