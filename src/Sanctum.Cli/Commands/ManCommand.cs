using System.CommandLine;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Manual;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum man [DIR]</c></summary>
internal static class ManCommand
{
    public static Command Create(Runner runner)
    {
        var directory = new Argument<string?>("DIR") { Description = "The folder for a page of each command. Default: print the page of sanctum itself", Arity = ArgumentArity.ZeroOrOne };
        return runner.Bind(new Command("man", "Write the man pages") { directory }, run =>
        {
            if (run.Get(directory) is { Length: > 0 } given)
            {
                Write(run, Path.GetFullPath(given));
            }
            else
            {
                var page = ManualPage.Of(DescribedCommand.Root());
                run.Terminal.Result(page, json => json.String, () => run.Terminal.Bytes(Encoding.UTF8.GetBytes(page)));
            }

            return Task.CompletedTask;
        });
    }

    private static void Write(Run run, string directory)
    {
        List<string> written = [];
        try
        {
            Directory.CreateDirectory(directory);
            foreach (var command in DescribedCommand.Root().AndBelow)
            {
                foreach (var file in ManualPage.FilesOf(command).Select(name => Path.Join(directory, name)))
                {
                    File.WriteAllText(file, ManualPage.Of(command));
                    written.Add(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }

        run.Terminal.Result(new ManualDocument(written), json => json.ManualDocument, () => run.Terminal.Line($"wrote {written.Count} pages to {directory}"));
    }
}
