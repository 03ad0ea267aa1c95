using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>Clients or options that have the properties <c>ApiKey</c> and <c>HttpClient</c>, as Anthropic's, and are made with an initializer.</summary>
internal static class HttpClientPropertyFix
{
    public static VaultFix? Find(KeyPlace place)
    {
        if (place.Literal.Parent is not AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "ApiKey" }, Parent: InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax made } } key
            || made.Assigns("HttpClient")
            || place.TypeOf(made) is not { } type
            || !type.GetMembers("HttpClient").OfType<IPropertySymbol>().Any(it => it.SetMethod is not null && it.Type.ToDisplayString() == "System.Net.Http.HttpClient"))
        {
            return null;
        }

        var path = Paths.Of(type);
        return VaultFix.ByHandler(path, editor => editor.ReplaceNode(made, Syntax.With(made.ReplaceNode(key.Right, place.Placeholder()), "HttpClient", place.HttpClient(path))));
    }
}
