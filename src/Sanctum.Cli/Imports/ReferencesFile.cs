using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Client.Keys;

namespace Sanctum.Cli.Imports;

/// <summary>The file with references in the secrets' place. It appears whole, under its name, or not at all.</summary>
/// <param name="Path">Where it goes.</param>
/// <param name="Replaces">Whether something there is replaced.</param>
internal sealed record ReferencesFile(string Path, bool Replaces)
{
    /// <summary>Refuses a place that is taken, before anything is stored.</summary>
    public void RequireFree()
    {
        if (!Replaces && System.IO.Path.Exists(Path))
        {
            throw CliErrors.FileExists(Path);
        }
    }

    public void Write(DotenvFile source, ImportPlan plan)
    {
        var content = source.With(plan.Secrets.ToDictionary(it => it.Entry, it => Reference.To(it.Path)));
        var temporary = $"{Path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.partial";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        try
        {
            using (var stream = new FileStream(temporary, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, Path, overwrite: Replaces);
            FolderSync.Of(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnwritableFile("--out", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
