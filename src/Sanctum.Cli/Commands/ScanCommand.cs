using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Scans;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum scan DIR</c></summary>
internal static class ScanCommand
{
    // Nobody reads more of them.
    internal const int MostFindings = FileSearch.Most;

    public static Command Create(Runner runner)
    {
        var folder = new Argument<string>("DIR") { Description = "The folder. Default: the current one", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "." };
        var ignored = new Option<bool>("--ignored") { Description = "Also search files that git ignores" };
        var command = new Command("scan", "Look for secrets in a folder's files; the exit code is 1 if there are any") { folder, ignored };
        return runner.Bind(command, run =>
        {
            var root = Path.GetFullPath(HomeFolder.Expand(run.Get(folder))).TrimEnd('/') is { Length: > 0 } path ? path : "/";
            return FileFacts.At(root)?.Kind is FileKind.Folder or FileKind.Link && Directory.Exists(root)
                ? Task.FromResult(Scan(run, root, run.Get(ignored)))
                : throw CliErrors.NoFolder(root);
        });
    }

    private static int Scan(Run run, string root, bool withIgnored)
    {
        var files = new ScannedFiles(root, withIgnored);
        var (searched, found, skipped) = (0, new List<FoundSecret>(), new List<SkippedFile>());
        foreach (var path in files.List().TakeWhile(_ => found.Count < MostFindings))
        {
            run.Cancelled.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(root, path);
            var (findings, why) = FileSearch.Search(path);
            found.AddRange(findings.OrderBy(it => it.Line).Take(MostFindings - found.Count).Select(it => new FoundSecret(name, it.Line, it.Kind, it.Begins)));
            if (why is null)
            {
                searched++;
            }
            else
            {
                skipped.Add(new SkippedFile(name, why));
            }
        }

        var document = new ScanDocument(searched, found.Count < MostFindings, found, skipped);
        run.Terminal.Result(document, json => json.ScanDocument, () => Show(run, document));
        run.Terminal.Note(withIgnored ? "files that git ignores were searched too"
            : files.KnowsIgnored ? "files that git ignores were not searched; search them too with --ignored"
            : "git does not know this folder, so no file was left out");
        return found.Count == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static void Show(Run run, ScanDocument document)
    {
        run.Terminal.Table(
            ["FILE", "LINE", "KIND", "BEGINS"],
            document.Found.Select(it => new string?[] { it.File, $"{it.Line}", it.Kind, $"{it.Begins}…" }),
            $"no secrets found in {document.Files} files");
        foreach (var reason in document.Skipped.GroupBy(it => it.Why, StringComparer.Ordinal))
        {
            var shown = string.Join(", ", reason.Take(5).Select(it => it.File));
            run.Terminal.Note($"not searched ({reason.Key}): {shown}{(reason.Count() > 5 ? $" and {reason.Count() - 5} more" : "")}");
        }

        if (!document.Complete)
        {
            run.Terminal.Warn($"the scan stopped after {MostFindings} secrets");
        }

        if (document.Found.Count > 0)
        {
            run.Terminal.Note("store them with 'sanctum import' or 'sanctum store', and replace those that others can have seen");
        }
    }
}
