using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>GitHub's client: <c>new GitHubClient(header) { Credentials = new Credentials("...") }</c>, in one or in two statements. It sends without credentials then, and the vault adds them.</summary>
internal static class OctokitFix
{
    private const string Path = "github/token", Client = "Octokit.GitHubClient", Adapter = "Octokit.Internal.HttpClientAdapter";

    public static VaultFix? Find(KeyPlace place)
    {
        if (place.TypeOf(Adapter) is null
            || place.Argument is not { Parent: ArgumentListSyntax { Arguments.Count: 1, Parent: BaseObjectCreationExpressionSyntax { Parent: AssignmentExpressionSyntax assignment } credentials } }
            || place.TypeOf(credentials)?.ToDisplayString() != "Octokit.Credentials")
        {
            return null;
        }

        return assignment switch
        {
            { Parent: InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax made } } when IsBare(place, made) =>
                VaultFix.ByHandler(Path, editor => editor.ReplaceNode(made, Through(place, Without(made, assignment)))),
            { Parent: ExpressionStatementSyntax statement, Left: MemberAccessExpressionSyntax { Expression: var user } } when Locals.CreationOf(place, user, statement) is { } made && IsBare(place, made) =>
                VaultFix.ByHandler(Path, editor =>
                {
                    editor.ReplaceNode(made, Through(place, made));
                    editor.RemoveNode(statement);
                }),
            _ => null,
        };
    }

    // With the program's name alone: an address of a server of one's own needs another constructor.
    private static bool IsBare(KeyPlace place, BaseObjectCreationExpressionSyntax made) =>
        place.TypeOf(made)?.ToDisplayString() == Client && made.ArgumentList is { Arguments.Count: 1 } list && place.TypeOf(list.Arguments[0].Expression)?.ToDisplayString() == "Octokit.ProductHeaderValue";

    private static BaseObjectCreationExpressionSyntax Without(BaseObjectCreationExpressionSyntax made, AssignmentExpressionSyntax assignment)
    {
        var left = made.Initializer!.Expressions.Remove(assignment);
        return left.Count > 0 ? made.WithInitializer(made.Initializer.WithExpressions(left)) : made.WithInitializer(null).WithTriviaFrom(made);
    }

    private static SyntaxNode Through(KeyPlace place, BaseObjectCreationExpressionSyntax made)
    {
        var handler = SyntaxFactory.ParenthesizedLambdaExpression((ExpressionSyntax)place.Handler(Path));
        var connection = place.New("Octokit.Connection", made.ArgumentList!.Arguments[0].Expression, place.New(Adapter, handler));
        return made.WithArgumentList(SyntaxFactory.ArgumentList(SyntaxFactory.SingletonSeparatedList(Syntax.Argument(connection)))).WithTriviaFrom(made);
    }
}
