using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Requests;

/// <summary>The file of <c>-o</c>. It is replaced when all of the response is there, so that no half of one is taken for the whole.</summary>
internal static class ResponseFile
{
    public static async Task WriteAsync(string file, Func<Stream, Task> write)
    {
        var path = HomeFolder.Expand(file);
        try
        {
            if (File.Exists(path) && FileFacts.At(path) is not { Kind: FileKind.File })
            {
                // A device such as /dev/null, or a link: what it stands for is written, and it stays what it is.
                await using var existing = new FileStream(path, FileMode.Open, FileAccess.Write);
                await write(existing).ConfigureAwait(false);
                return;
            }

            await ReplaceAsync(path, write).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnwritableFile("-o", e);
        }
    }

    private static async Task ReplaceAsync(string path, Func<Stream, Task> write)
    {
        var part = $"{path}.part-{Environment.ProcessId}";
        try
        {
            await using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                await write(stream).ConfigureAwait(false);
            }

            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
